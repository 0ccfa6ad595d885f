//! What a device has to say and nobody has acknowledged yet, in order. Pure: it opens no connection and knows no
//! clock; `link` drives it.

use std::collections::VecDeque;

use jiff::Timestamp;

/// A message on its way to the broker, always at QoS 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Where it goes.
    pub topic: String,
    /// What it says.
    pub payload: Vec<u8>,
    /// Whether the broker keeps it for those who come later.
    pub retain: bool,
    /// Whether it outlives a lost connection; a heartbeat does not.
    pub keep: bool,
    /// When what it tells happened, for those who count late ones.
    pub happened_at: Option<Timestamp>,
    /// Whether it had to wait for a connection.
    pub waited: bool,
}

impl Letter {
    /// A message that is kept until it is acknowledged.
    pub fn new(topic: impl Into<String>, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            retain: false,
            keep: true,
            happened_at: None,
            waited: false,
        }
    }

    /// A retained message that says how things are: worth nothing once the connection is gone.
    pub fn state(topic: impl Into<String>, payload: impl Into<Vec<u8>>) -> Self {
        Self { retain: true, keep: false, ..Self::new(topic, payload) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not yet given to the client.
    Waiting,
    /// Given to the client, which has not said under which packet id it went out.
    Handed,
    /// Sent under a packet id of this connection.
    Sent(u16),
}

/// The queue of a device: in order, bounded, and kept across connections.
#[derive(Debug)]
pub struct Outbox {
    letters: VecDeque<(Stage, Letter)>,
    /// At the bound the oldest letter that is not on the wire gives way and is counted: a device's memory is a ring.
    bound: usize,
    window: usize,
    dropped: u64,
}

impl Outbox {
    /// A queue for at most `bound` letters, of which at most `window` travel at a time.
    pub fn new(bound: usize, window: usize) -> Self {
        Self { letters: VecDeque::new(), bound: bound.max(window), window, dropped: 0 }
    }

    /// Takes a letter in.
    pub fn push(&mut self, letter: Letter) {
        if self.letters.len() >= self.bound {
            let oldest = self.letters.iter().position(|(stage, _)| *stage == Stage::Waiting);
            if let Some(index) = oldest {
                self.letters.remove(index);
                self.dropped += 1;
            }
        }
        self.letters.push_back((Stage::Waiting, letter));
    }

    /// Takes a letter in that goes before all others that wait; the bound does not touch it.
    pub fn push_first(&mut self, letter: Letter) {
        let travelling = self.travelling();
        self.letters.insert(travelling, (Stage::Waiting, letter));
    }

    /// The next letter to give to the client, if the window has room; it counts as handed over.
    pub fn hand_over(&mut self) -> Option<&Letter> {
        let travelling = self.travelling();
        if travelling >= self.window {
            return None;
        }
        let (stage, letter) = self.letters.get_mut(travelling)?;
        *stage = Stage::Handed;
        Some(letter)
    }

    /// The client could not take the letter that [`Outbox::hand_over`] gave last: it waits again.
    pub fn take_back(&mut self) {
        if let Some((stage, _)) = self.letters.iter_mut().rfind(|(stage, _)| *stage == Stage::Handed) {
            *stage = Stage::Waiting;
        }
    }

    /// The client has sent the oldest letter it was handed, under this packet id.
    pub fn sent(&mut self, packet_id: u16) {
        if let Some((stage, _)) = self.letters.iter_mut().find(|(stage, _)| *stage == Stage::Handed) {
            *stage = Stage::Sent(packet_id);
        }
    }

    /// The broker has acknowledged a packet id; the letter is done. `None` for an id that nothing was sent under.
    pub fn acknowledged(&mut self, packet_id: u16) -> Option<Letter> {
        let index = self.letters.iter().position(|(stage, _)| *stage == Stage::Sent(packet_id))?;
        self.letters.remove(index).map(|(_, letter)| letter)
    }

    /// The connection is gone: what was on the wire waits again, in its old order, except what is worth nothing now.
    pub fn connection_lost(&mut self) {
        self.letters.retain(|(_, letter)| letter.keep);
        for (stage, letter) in &mut self.letters {
            *stage = Stage::Waiting;
            letter.waited = true;
        }
    }

    /// How many letters the client has; they always stand before those that wait.
    fn travelling(&self) -> usize {
        self.letters.iter().take_while(|(stage, _)| *stage != Stage::Waiting).count()
    }

    /// How many letters are not acknowledged.
    pub fn len(&self) -> usize {
        self.letters.len()
    }

    /// Whether all that was said is acknowledged.
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// How many letters gave way at the bound.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a script: `+a` push, `>` hand over, `#7` sent as 7, `!7` acknowledged, `x` connection lost, `<` take back.
    /// What is handed over, acknowledged (upper case) and lost is written down.
    fn play(script: &str) -> String {
        let mut outbox = Outbox::new(4, 2);
        let mut heard = String::new();
        for word in script.split_whitespace() {
            let (verb, rest) = word.split_at(1);
            match verb {
                "+" => outbox.push(Letter::new(rest, "")),
                "^" => outbox.push_first(Letter::new(rest, "")),
                "~" => outbox.push(Letter::state(rest, "")),
                ">" => heard.push_str(&outbox.hand_over().map_or("-".to_owned(), |letter| letter.topic.clone())),
                "#" => outbox.sent(rest.parse().unwrap()),
                "!" => {
                    let done = outbox.acknowledged(rest.parse().unwrap());
                    heard.push_str(&done.map_or("?".to_owned(), |letter| letter.topic.to_uppercase()));
                }
                "x" => outbox.connection_lost(),
                "<" => outbox.take_back(),
                other => panic!("no such verb: {other}"),
            }
        }
        format!("{heard} {}/{}", outbox.len(), outbox.dropped())
    }

    #[test]
    fn letters_leave_in_order_and_only_by_acknowledgement() {
        let cases = [
            ("+a +b > > #1 #2 !1 !2", "abAB 0/0"),
            ("+a +b > > #1 #2 !2 !1", "abBA 0/0"),
            ("+a > #1 !9", "a? 1/0"),
            ("+a +b +c > > >", "ab- 3/0"),
            ("+a +b > > #1 #2 x > > #1 #2 !1 !2", "ababAB 0/0"),
            ("+a +b > #1 > x > >", "abab 2/0"),
            ("+a ~s +b > > #1 #2 x > >", "asab 2/0"),
            ("+a > < >", "aa 1/0"),
            ("+a > +b ^g > > #1 #2 !1", "ag-A 2/0"),
            ("+a > #1 +b +c +d +e > ", "ac 4/1"),
        ];
        for (script, expected) in cases {
            assert_eq!(play(script), expected, "{script}");
        }
    }

    #[test]
    fn what_waited_for_a_connection_says_so() {
        let mut outbox = Outbox::new(4, 2);
        outbox.push(Letter::new("a", ""));
        outbox.connection_lost();
        outbox.push(Letter::new("b", ""));
        let waited: Vec<bool> = (0..2).map(|_| outbox.hand_over().unwrap().waited).collect();
        assert_eq!(waited, [true, false]);
    }
}
