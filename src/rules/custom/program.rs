//! One expression: read, bounded, tried on a sample, and asked.
//!
//! Promises that an expression which passed here always ends, soon and with the same answer on any machine: it is short,
//! its nesting is bounded, nothing in it repeats, and it speaks of nothing that is not there.

use std::sync::{Arc, LazyLock};
use std::thread;

use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use cel::{Context, Env, ExecutionError, Program, Value};

use super::scope::{Scope, sample};
use crate::rules::settings::Occasion;

/// A longer expression is refused, bytes.
const SOURCE_MAX: usize = 1_024;
/// A deeper nested expression is refused.
const NESTING_MAX: usize = 24;
/// What the reader of expressions may need for one that is nested as deep as it allows.
const STACK_BYTES: usize = 16 << 20;

/// Why an expression is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionFault {
    /// What is wrong with it.
    pub what: String,
    /// What to do.
    pub hint: String,
    /// Where in it, characters from its beginning; none where it is meant as a whole.
    pub at: Option<usize>,
}

fn fault(at: Option<usize>, what: impl Into<String>, hint: impl Into<String>) -> ExpressionFault {
    ExpressionFault { what: what.into(), hint: hint.into(), at }
}

/// An expression that holds.
#[derive(Debug)]
pub struct Draft {
    program: Program,
    /// The members that it speaks of.
    named: Vec<(String, String)>,
}

/// What an expression says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// Something that it needs is not known.
    Unknown,
}

impl Draft {
    /// Reads an expression for an occasion.
    ///
    /// # Errors
    /// With what is wrong, in words for whoever wrote it.
    pub fn read(on: Occasion, source: &str) -> Result<Self, ExpressionFault> {
        if source.trim().is_empty() {
            return Err(fault(None, "there is no condition", format!("as {}", example(on))));
        }
        if source.len() > SOURCE_MAX {
            let what = format!("the condition has {} bytes; at most {SOURCE_MAX} are taken", source.len());
            return Err(fault(None, what, "say it shorter, or in two rules"));
        }
        let program = compile(source)?;
        let scope = sample(on);
        let mut walk = Walk { program: &program, scope: &scope, named: Vec::new(), calls: Vec::new() };
        walk.visit(program.expression(), 1)?;
        let (mut named, calls) = (walk.named, walk.calls);
        named.sort();
        named.dedup();
        let context = context(&scope);
        // Every part by itself: one that is passed over in the sample is not passed over on the day.
        for call in calls {
            if let Err(error) = context.resolve(call)
                && !depends_on_values(&error)
            {
                let hint =
                    "texts are compared with texts in quotes; a number to reckon with has a decimal point: 100.0";
                return Err(fault(place(&program, call), format!("this does not work: {}", words(&error)), hint));
            }
        }
        match context.resolve(program.expression()) {
            Ok(Value::Bool(_)) => Ok(Self { program, named }),
            Err(error) if depends_on_values(&error) => Ok(Self { program, named }),
            Ok(other) => {
                let what = format!("the condition is {}, neither true nor false", kind(&other));
                Err(fault(None, what, format!("compare it with something: {}", example(on))))
            }
            Err(error) => {
                Err(fault(None, format!("this does not work: {}", words(&error)), format!("as {}", example(on))))
            }
        }
    }

    pub(super) fn ask(&self, scope: &Scope) -> Answer {
        match self.program.execute(&context(scope)) {
            Ok(Value::Bool(true)) => Answer::Yes,
            Ok(Value::Bool(false)) => Answer::No,
            Ok(_) | Err(_) => Answer::Unknown,
        }
    }

    /// The members that it speaks of, as `room.co2`.
    pub(super) fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.named.iter().map(|(object, member)| (object.as_str(), member.as_str()))
    }
}

/// The language itself, the same for every expression.
static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

fn context(scope: &Scope) -> Context<'_, '_> {
    let mut context = Context::with_env(Arc::clone(&LANGUAGE));
    for object in scope {
        context.add_variable_from_value(object.name, object.value());
    }
    context
}

/// On a thread of its own: what is nested as deep as the reader of expressions allows needs more stack than ours may have.
fn compile(source: &str) -> Result<Program, ExpressionFault> {
    let text = source.to_owned();
    let reading = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || Program::compile(&text));
    let ended = reading.ok().and_then(|reading| reading.join().ok());
    let Some(read) = ended else { return Err(fault(None, "the condition cannot be read", "say it more simply")) };
    read.map_err(|errors| {
        let first = errors.errors.first();
        let what = first.map_or_else(|| "it is no expression".to_owned(), |error| error.msg.clone());
        let at = first.and_then(|error| usize::try_from(error.pos.1).ok());
        let hint = "write it in CEL: && for and, || for or, ! for not, == for equal, texts in quotes";
        fault(at, format!("the condition cannot be read: {what}"), hint)
    })
}

/// An expression's way through its own parts.
struct Walk<'p> {
    program: &'p Program,
    scope: &'p Scope,
    named: Vec<(String, String)>,
    calls: Vec<&'p IdedExpr>,
}

impl<'p> Walk<'p> {
    fn visit(&mut self, part: &'p IdedExpr, depth: usize) -> Result<(), ExpressionFault> {
        let at = place(self.program, part);
        if depth > NESTING_MAX {
            let what = format!("the condition is nested deeper than {NESTING_MAX} levels");
            return Err(fault(at, what, "say it more simply, or in two rules"));
        }
        match &part.expr {
            Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => match self.scope.iter().find(|object| object.name == name) {
                Some(object) => Err(fault(at, format!("\"{name}\" is no value"), self.members(object.name))),
                None => Err(self.unknown_object(at, name)),
            },
            Expr::Select(select) => {
                let Expr::Ident(name) = &select.operand.expr else {
                    let hint = format!("there are {}, and their members", self.objects());
                    return Err(fault(at, format!("nothing has a member \"{}\" here", select.field), hint));
                };
                let Some(object) = self.scope.iter().find(|object| object.name == name) else {
                    return Err(self.unknown_object(at, name));
                };
                if object.members.iter().all(|(member, _)| *member != select.field) {
                    let what = format!("\"{name}\" has no member \"{}\"", select.field);
                    return Err(fault(at, what, self.members(object.name)));
                }
                self.named.push((name.clone(), select.field.clone()));
                Ok(())
            }
            Expr::Call(call) => {
                self.calls.push(part);
                let parts = call.target.iter().map(|target| &**target).chain(&call.args);
                parts.into_iter().try_for_each(|part| self.visit(part, depth + 1))
            }
            Expr::List(list) => list.elements.iter().try_for_each(|part| self.visit(part, depth + 1)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    self.visit(&entry.key, depth + 1)?;
                    self.visit(&entry.value, depth + 1)
                }
                EntryExpr::StructField(field) => self.visit(&field.value, depth + 1),
            }),
            Expr::Comprehension(_) => {
                let hint = "there are no lists to go through; write each case out, with || between them";
                Err(fault(at, "all, exists, map and filter are not for rules", hint))
            }
            Expr::Struct(_) | Expr::Unspecified => {
                Err(fault(at, "this is not for rules", "compare members with values"))
            }
        }
    }

    fn objects(&self) -> String {
        self.scope.each_ref().map(|object| object.name).join(" and ")
    }

    fn members(&self, of: &str) -> String {
        let object = self.scope.iter().find(|object| object.name == of);
        let members = object.into_iter().flat_map(|object| &object.members).map(|(member, _)| *member);
        format!("{of} has: {}", members.collect::<Vec<_>>().join(", "))
    }

    fn unknown_object(&self, at: Option<usize>, name: &str) -> ExpressionFault {
        fault(
            at,
            format!("\"{name}\" is not known here"),
            format!("there are {}; texts stand in quotes", self.objects()),
        )
    }
}

fn place(program: &Program, part: &IdedExpr) -> Option<usize> {
    program.source_info().offset_for(part.id).map(|(start, _)| start as usize)
}

/// Whether the values of the sample, and not the expression, are at fault.
fn depends_on_values(error: &ExecutionError) -> bool {
    matches!(
        error,
        ExecutionError::DivisionByZero(_)
            | ExecutionError::RemainderByZero(_)
            | ExecutionError::Overflow(..)
            | ExecutionError::IndexOutOfBounds(_)
    )
}

fn words(error: &ExecutionError) -> String {
    let text = error.to_string();
    text.chars().take(200).collect()
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => "a number",
        Value::String(_) => "a text",
        _ => "something else",
    }
}

const fn example(on: Occasion) -> &'static str {
    match on {
        Occasion::Reading => "room.co2 > 1200 && room.occupancy >= 50",
        Occasion::Position => "position.speed_kmh > 60",
        Occasion::Scan => "visit.tier == \"vip\" && scan.point == \"back-door\"",
    }
}
