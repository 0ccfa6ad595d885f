//! Portico's command line: arguments in, exit code out (0 fine, 64 bad arguments, configuration or plan, 1 failed).

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use portico::cli::faults::Colour;
use portico::cli::{backup, check, demo, export, notify, plan, replay, report, restore, run, verify};
use portico::facts::Timestamp;
use tracing_subscriber::EnvFilter;

/// The edge gateway of an event reception
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// How to write the log to standard error
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For people
    Text,
    /// For machines
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon
    Run(run::RunArgs),
    /// Run a whole venue day on this machine, with simulated devices and a stand-in upstream
    Demo(demo::DemoArgs),
    /// Check configuration, plan and tests of the rules, and tell every fault
    Check(check::CheckArgs),
    /// Check, show or import the day's plan
    Plan(plan::PlanArgs),
    /// Run rules over what was recorded
    Replay(replay::ReplayArgs),
    /// Tell a day in figures: a page to print, a table, or JSON
    Report(report::ReportArgs),
    /// Write out what was kept, for a program or for a spreadsheet
    Export(export::ExportArgs),
    /// Prove that nothing recorded was changed and that every alert follows
    Verify(verify::VerifyArgs),
    /// Copy the whole journal, with configuration and plan, while the work goes on
    Backup(backup::BackupArgs),
    /// Try the ways by which people are told
    Notify(notify::NotifyArgs),
    /// Put a backup in the place of the journal
    Restore(restore::RestoreArgs),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(fault) => {
            let wrong = fault.use_stderr();
            let told = fault.print();
            return if wrong || told.is_err() { ExitCode::from(portico::cli::FAULTY) } else { ExitCode::SUCCESS };
        }
    };
    let quiet = matches!(arguments.command, Command::Demo(_));
    start_log(arguments.log_format, if quiet { "warn" } else { "info" });
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider was installed before");
    }
    let colour = Colour::of_terminal();
    let outcome = match &arguments.command {
        Command::Run(args) => run::run(args, now(), colour),
        Command::Demo(args) => demo::run(args),
        Command::Check(args) => check::run(args, now(), colour),
        Command::Plan(args) => plan::run(args, now(), colour),
        Command::Replay(args) => replay::run(args, colour),
        Command::Report(args) => report::run(args, now(), colour),
        Command::Export(args) => export::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Backup(args) => backup::run(args, now(), colour),
        Command::Notify(args) => notify::run(args, now(), colour),
        Command::Restore(args) => restore::run(args, now(), colour),
    };
    ExitCode::from(outcome.say())
}

fn now() -> Timestamp {
    portico::clock::Clock::system(None, portico::clock::Vouchers::NOBODY).now()
}

fn start_log(format: LogFormat, otherwise: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        // The broker's own words on each connection help nobody unless asked for.
        EnvFilter::new(format!("{otherwise},rmqtt=error,rmqtt_net=error,rmqtt_codec=error"))
    });
    // A file or a journal is no place for colours.
    let ansi = Colour::of_terminal() == Colour::On;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}
