//! What is on the forgetful disk, what of it is safe, and what it refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::time::SystemTime;

use fuser::{Errno, FileAttr, FileType, INodeNo};

use crate::support::Dice;

pub const PAGE: usize = 4096;
pub const ROOT: u64 = 1;

/// What the disk does to those who use it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trouble {
    /// Nothing can be changed, as after a remount.
    pub read_only: bool,
    /// Writes fail.
    pub writes_fail: bool,
    /// Syncs fail, and what they should have made safe is safe no more.
    pub syncs_fail: bool,
}

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A write to it, or a change of its size.
    Write,
    /// A sync of it.
    Sync,
    /// Its making, renaming or removal.
    Name,
}

#[derive(Debug, Clone, Default)]
pub struct Node {
    pub folder: bool,
    pub now: Vec<u8>,
    pub safe: Vec<u8>,
    /// Pages written since the last sync.
    pub dirty: BTreeSet<usize>,
    pub names: BTreeMap<OsString, u64>,
    pub safe_names: BTreeMap<OsString, u64>,
}

impl Node {
    pub fn resize(&mut self, size: usize) {
        let (low, high) = (self.now.len().min(size), self.now.len().max(size));
        self.now.resize(size, 0);
        self.dirty.extend(low / PAGE..=high / PAGE);
    }

    pub fn write(&mut self, at: usize, data: &[u8]) {
        if self.now.len() < at + data.len() {
            self.resize(at + data.len());
        }
        self.now[at..at + data.len()].copy_from_slice(data);
        self.dirty.extend(at / PAGE..=(at + data.len().max(1) - 1) / PAGE);
    }

    pub fn sync(&mut self) {
        self.safe.resize(self.now.len(), 0);
        for page in std::mem::take(&mut self.dirty) {
            self.keep(page);
        }
        self.safe_names.clone_from(&self.names);
    }

    /// Brings one page to safety.
    pub fn keep(&mut self, page: usize) {
        let (from, to) = (page * PAGE, ((page + 1) * PAGE).min(self.now.len()));
        if from < to {
            self.safe.resize(self.safe.len().max(to), 0);
            self.safe[from..to].copy_from_slice(&self.now[from..to]);
        }
    }

    /// What is left after a cut: everything synced, and of the rest what chance had carried out already.
    pub fn cut(&mut self, dice: &mut Dice) {
        for page in std::mem::take(&mut self.dirty) {
            if dice.roll(2) == 0 {
                self.keep(page);
            }
        }
        if dice.roll(2) == 0 {
            self.safe.resize(self.now.len(), 0);
        }
        if dice.roll(2) == 0 {
            self.safe_names.clone_from(&self.names);
        }
        self.now.clone_from(&self.safe);
        self.names.clone_from(&self.safe_names);
    }
}

#[derive(Debug)]
pub struct State {
    pub nodes: BTreeMap<u64, Node>,
    pub next: u64,
    pub bytes_max: usize,
    pub trouble: Trouble,
    pub gone: bool,
    /// The cut comes instead of the so-manieth deed of this kind to a file of this name.
    pub cut_at: Option<(Deed, &'static str, u64)>,
    /// Refusals given, so that a test can see that it did refuse.
    pub refused: u64,
}

impl State {
    pub fn node(&self, ino: u64) -> Result<&Node, Errno> {
        if self.gone { Err(Errno::EIO) } else { self.nodes.get(&ino).ok_or(Errno::ENOENT) }
    }

    pub fn used(&self) -> usize {
        self.nodes.iter().filter(|(ino, _)| self.is_named(**ino)).map(|(_, node)| node.now.len()).sum()
    }

    pub fn is_named(&self, ino: u64) -> bool {
        ino == ROOT || self.nodes.values().any(|node| node.names.values().any(|named| *named == ino))
    }

    pub fn refuse<T>(&mut self, why: Errno) -> Result<T, Errno> {
        self.refused += 1;
        Err(why)
    }

    /// A change begins: it may be the moment of the cut, and the disk may refuse it.
    pub fn changing(&mut self, deed: Deed, name: Option<&OsStr>) -> Result<(), Errno> {
        if let Some((wanted, file, left)) = &mut self.cut_at
            && *wanted == deed
            && name == Some(OsStr::new(file))
        {
            *left = left.saturating_sub(1);
            self.gone |= *left == 0;
        }
        if self.gone {
            return self.refuse(Errno::EIO);
        }
        if self.trouble.read_only { self.refuse(Errno::EROFS) } else { Ok(()) }
    }

    pub fn name_of(&self, ino: u64) -> Option<OsString> {
        let mut names = self.nodes.values().flat_map(|node| &node.names);
        names.find(|(_, other)| **other == ino).map(|(name, _)| name.clone())
    }

    pub fn room_for(&mut self, more: usize) -> Result<(), Errno> {
        if self.used() + more > self.bytes_max { self.refuse(Errno::ENOSPC) } else { Ok(()) }
    }

    pub fn change(&mut self, ino: u64, size: usize, change: impl FnOnce(&mut Node)) -> Result<(), Errno> {
        self.changing(Deed::Write, self.name_of(ino).as_deref())?;
        if self.trouble.writes_fail {
            return self.refuse(Errno::EIO);
        }
        self.room_for(size.saturating_sub(self.node(ino)?.now.len()))?;
        self.nodes.get_mut(&ino).map(change).ok_or(Errno::ENOENT)
    }

    pub fn sync(&mut self, ino: u64) -> Result<(), Errno> {
        self.changing(Deed::Sync, self.name_of(ino).as_deref())?;
        let fails = self.trouble.syncs_fail;
        let node = self.nodes.get_mut(&ino).ok_or(Errno::ENOENT)?;
        if fails {
            node.dirty.clear();
            return self.refuse(Errno::EIO);
        }
        node.sync();
        Ok(())
    }

    pub fn make(&mut self, parent: u64, name: &OsStr, folder: bool) -> Result<u64, Errno> {
        self.changing(Deed::Name, Some(name))?;
        let ino = self.next;
        self.next += 1;
        self.names(parent)?.insert(name.to_owned(), ino);
        self.nodes.insert(ino, Node { folder, ..Node::default() });
        Ok(ino)
    }

    pub fn unlink(&mut self, parent: u64, name: &OsStr) -> Result<(), Errno> {
        self.changing(Deed::Name, Some(name))?;
        self.names(parent)?.remove(name).map(|_| ()).ok_or(Errno::ENOENT)
    }

    pub fn rename(&mut self, from: (u64, &OsStr), to: (u64, &OsStr)) -> Result<(), Errno> {
        self.changing(Deed::Name, Some(to.1))?;
        let ino = self.names(from.0)?.remove(from.1).ok_or(Errno::ENOENT)?;
        self.names(to.0)?.insert(to.1.to_owned(), ino);
        Ok(())
    }

    pub fn names(&mut self, folder: u64) -> Result<&mut BTreeMap<OsString, u64>, Errno> {
        self.nodes.get_mut(&folder).map(|node| &mut node.names).ok_or(Errno::ENOENT)
    }

    pub fn find(&self, folder: u64, name: &OsStr) -> Result<FileAttr, Errno> {
        let ino = self.node(folder)?.names.get(name).copied().ok_or(Errno::ENOENT)?;
        self.attr(ino)
    }

    pub fn attr(&self, ino: u64) -> Result<FileAttr, Errno> {
        let node = self.node(ino)?;
        let (kind, perm) = if node.folder { (FileType::Directory, 0o755) } else { (FileType::RegularFile, 0o644) };
        let time = SystemTime::UNIX_EPOCH;
        Ok(FileAttr {
            ino: INodeNo(ino),
            size: node.now.len() as u64,
            blocks: node.now.len().div_ceil(512) as u64,
            atime: time,
            mtime: time,
            ctime: time,
            crtime: time,
            kind,
            perm,
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: PAGE as u32,
            flags: 0,
        })
    }
}
