//! Numbers of entries, rising, in few bytes: each as what it is more than the one before, seven bits a byte.

use crate::facts::Seq;

/// The bit that says that another byte follows.
const MORE: u8 = 0x80;

/// Writes `seqs` behind `before`, each greater than the one before it.
pub(super) fn write(out: &mut Vec<u8>, mut before: Seq, seqs: &[Seq]) {
    for seq in seqs {
        let mut step = seq.saturating_sub(before);
        while step >= u64::from(MORE) {
            out.push(step as u8 | MORE);
            step >>= 7;
        }
        out.push(step as u8);
        before = *seq;
    }
}

/// Calls `each` for every number of what was written behind 0. Of bytes that are none of ours it gives numbers of entries
/// that are not there.
pub(super) fn read(bytes: &[u8], mut each: impl FnMut(Seq)) {
    let (mut seq, mut step, mut shift) = (0_u64, 0_u64, 0);
    for byte in bytes {
        step |= u64::from(byte & !MORE).checked_shl(shift).unwrap_or_default();
        if byte & MORE == 0 {
            seq = seq.saturating_add(step);
            each(seq);
            (step, shift) = (0, 0);
        } else {
            shift += 7;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_were_written() {
        let seqs = [1, 2, 127, 128, 255, 256, 16_512, 16_513, 5_000_000, u64::from(u32::MAX), i64::MAX as u64];
        let mut bytes = Vec::new();
        write(&mut bytes, 0, &seqs[..4]);
        write(&mut bytes, seqs[3], &seqs[4..]);
        let mut back = Vec::new();
        read(&bytes, |seq| back.push(seq));
        assert_eq!(back, seqs);
        let mut many = Vec::new();
        write(&mut many, 0, &(1..=1_000).map(|n| n * 100).collect::<Vec<_>>());
        assert_eq!(many.len(), 1_000, "neighbours of a busy minute take a byte each");
        // Bytes of somebody else end, and nothing panics.
        read(&[0xFF; 64], |_| ());
    }
}
