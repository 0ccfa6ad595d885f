//! A mail server on loopback (RFC 5321, as far as one client needs it, with RFC 4954's PLAIN): keeps what it takes, and
//! answers a command as it is told.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A mail as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Mail {
    pub login: String,
    pub from: String,
    pub to: Vec<String>,
    /// Head and body, with their lines ended by a newline alone.
    pub text: String,
}

impl Mail {
    /// A line of the head, unfolded.
    pub fn head(&self, name: &str) -> String {
        let head = self.text.split("\n\n").next().unwrap().replace("\n ", " ");
        let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        line.unwrap_or_default()
    }

    /// What the body says, whatever it was wrapped in for its way.
    pub fn body(&self) -> String {
        use base64::Engine as _;
        let body = self.text.split_once("\n\n").unwrap().1;
        match self.head("Content-Transfer-Encoding").as_str() {
            "base64" => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(body.replace('\n', "")).unwrap();
                String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
            }
            "7bit" | "8bit" | "" => body.to_owned(),
            other => panic!("a body in {other}"),
        }
    }
}

#[derive(Default)]
struct Shared {
    mails: Mutex<Vec<Mail>>,
    answers: Mutex<BTreeMap<String, String>>,
}

pub struct PostOffice {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

impl PostOffice {
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let office = Self { address: listener.local_addr().unwrap(), shared: Arc::default() };
        let shared = Arc::clone(&office.shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        office
    }

    /// What a command is answered from now on; an empty answer is the usual one.
    pub fn answer(&self, command: &str, answer: &str) {
        self.shared.answers.lock().unwrap().insert(command.to_owned(), answer.to_owned());
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.shared.mails.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream).lines();
    let mut mail = Mail::default();
    out.write_all(b"220 post.test ESMTP\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        let command = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let told = shared.answers.lock().unwrap().get(&command).filter(|told| !told.is_empty()).cloned();
        let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let usual = match command.as_str() {
            "EHLO" => "250-post.test\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            "QUIT" => "221 bye",
            "DATA" => "354 go on",
            "AUTH" => "235 welcome",
            _ => "250 ok",
        };
        out.write_all(format!("{}\r\n", told.as_deref().unwrap_or(usual)).as_bytes())?;
        match command.as_str() {
            _ if told.is_some() => {}
            "AUTH" => mail.login = line,
            "MAIL" => mail.from = address(),
            "RCPT" => mail.to.push(address()),
            "DATA" => {
                while let Some(line) = lines.next().transpose()? {
                    if line == "." {
                        break;
                    }
                    mail.text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.text.push('\n');
                }
                shared.mails.lock().unwrap().push(std::mem::take(&mut mail));
                out.write_all(b"250 taken\r\n")?;
            }
            "QUIT" => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}
