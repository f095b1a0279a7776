//! A directory of results that is whole: the old result or the new one, whatever happens meanwhile.
//!
//! All parts are written into `.parts` within the directory and forced to the disk. One renaming, of `.parts` to `.next`, is the moment
//! at which the new result counts; then its files are moved to their places, the manifest last. Who is killed before that moment leaves
//! the old result, who is killed after it leaves a `.next` that the next command moves on. Whoever writes holds the lock of the
//! directory, `.lock`, which the system gives back when a process ends in any way: two runs follow each other.
//!
//! Design note: a whole directory could be exchanged for another at once, but neither where it is a mount, nor under the feet of a
//! shell that stands in it, nor without taking along what others keep there.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::manifest::{MANIFEST, Manifest, is_inside};

/// Where parts are written.
const PARTS: &str = ".parts";
/// Parts that are complete and count, on their way to their places.
const NEXT: &str = ".next";
/// Who holds it may change the directory.
const LOCK: &str = ".lock";

/// The lock of a directory, until it is dropped.
struct Lock {
    path: PathBuf,
    /// Given back by the system when it is closed.
    _file: File,
}

impl Lock {
    /// Waits until nobody else writes here.
    fn take(directory: &Path) -> io::Result<Self> {
        let path = directory.join(LOCK);
        let told = |error| named(&path, &error);
        loop {
            let mut options = File::options();
            let file = options.create(true).truncate(false).write(true).open(&path);
            let file = file.map_err(told)?;
            match file.lock() {
                // A file system that knows no locks: each write is whole, two at the same moment are not kept apart.
                Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
                locked => locked.map_err(told)?,
            }
            if is_there(&file, &path) {
                return Ok(Self { path, _file: file });
            }
            // Whoever held it before has taken it away: it keeps nobody out.
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Gone before it is given back; one that stays is empty, and the next to come takes it away.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether an open file is the one that the path leads to.
#[cfg(unix)]
fn is_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let key = |of: io::Result<fs::Metadata>| of.ok().map(|of| (of.dev(), of.ino()));
    key(file.metadata()).is_some_and(|mine| key(fs::metadata(path)) == Some(mine))
}

/// Where an open file keeps its name, the path leads to it as long as it leads anywhere.
#[cfg(not(unix))]
fn is_there(_file: &File, path: &Path) -> bool {
    path.exists()
}

/// Makes the directory if need be, completes what was cut off, and takes left-over parts away; by that it is known to take files.
///
/// # Errors
/// The directory cannot be made or written into; the error names the path.
pub fn settle(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory).map_err(|error| named(directory, &error))?;
    let lock = Lock::take(directory)?;
    settled(directory, &lock)
}

/// Completes a result that counts already and is not in its place yet. A directory without one is left alone.
///
/// # Errors
/// A file cannot be moved; the error names it.
pub(super) fn complete(directory: &Path) -> io::Result<()> {
    if !directory.join(NEXT).exists() {
        return Ok(());
    }
    let lock = Lock::take(directory)?;
    moved(directory, &lock)
}

/// Whether files are on their way to their places at this moment.
pub(super) fn is_moving(directory: &Path) -> bool {
    directory.join(NEXT).exists()
}

fn settled(directory: &Path, lock: &Lock) -> io::Result<()> {
    moved(directory, lock)?;
    cleared(&directory.join(PARTS))
}

/// Puts these files in the place of the result that is there, if `may` allows that of its manifest; the paths, the manifest's last.
///
/// # Errors
/// A file cannot be written or there is no room, a file of the same name is there that belongs to no result, or `may` objects. What
/// was there before is still there, whole.
pub(super) fn replace(
    directory: &Path,
    files: &[(String, Vec<u8>)],
    manifest: &Manifest,
    may: &dyn Fn(&Manifest) -> io::Result<()>,
) -> io::Result<Vec<PathBuf>> {
    fs::create_dir_all(directory).map_err(|error| named(directory, &error))?;
    let lock = Lock::take(directory)?;
    settled(directory, &lock)?;
    let old = Manifest::read(directory)?;
    if let Some(old) = &old {
        may(old)?;
    }
    let names = || files.iter().map(|(name, _)| name.as_str());
    unclaimed(directory, old.as_ref(), names())?;
    let parts = directory.join(PARTS);
    let staged = staged(&parts, files, manifest).and_then(|()| {
        for name in names() {
            folder_for(&directory.join(name))?;
        }
        fs::rename(&parts, directory.join(NEXT))
    });
    if let Err(error) = staged {
        // What matters is why it could not be written; parts that stay are taken away by the next command.
        let _ = cleared(&parts);
        return Err(error);
    }
    moved(directory, &lock)?;
    let paths = names().chain([MANIFEST]);
    Ok(paths.map(|name| directory.join(name)).collect())
}

/// Refuses to write over what belongs to no result.
///
/// # Errors
/// Something of one of these names is there, and the manifest does not list it.
pub(super) fn unclaimed<'a>(
    directory: &Path,
    old: Option<&Manifest>,
    mut names: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    let is_ours = |name: &str| old.is_some_and(|old| old.files.contains_key(name));
    let taken = names.find(|name| {
        let path = directory.join(name);
        path.is_dir() || !is_ours(name) && path.exists()
    });
    taken.map_or(Ok(()), |name| {
        let path = directory.join(name);
        let why = "it is there already and belongs to no result";
        Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{}: {why}", path.display()),
        ))
    })
}

/// Writes all parts, the manifest too, and forces them to the disk.
fn staged(parts: &Path, files: &[(String, Vec<u8>)], manifest: &Manifest) -> io::Result<()> {
    let text = manifest.text();
    let parts_of = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    for (name, bytes) in parts_of.chain([(MANIFEST, text.as_bytes())]) {
        let path = parts.join(name);
        let filled = folder_for(&path).and_then(|()| {
            let mut file = File::create(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        });
        // The place that it is for says more than the one where it is meanwhile.
        let place = parts.with_file_name(name);
        filled.map_err(|error| named(&place, &error))?;
    }
    synced(parts)
}

/// Moves what counts already to its place: first away with what only the old result had, then file by file, the manifest last. Every
/// step may be the second of its kind.
fn moved(directory: &Path, _lock: &Lock) -> io::Result<()> {
    let next = directory.join(NEXT);
    if let Some(manifest) = Manifest::read(&next)? {
        for name in outdated(directory, &manifest) {
            gone(&directory.join(name))?;
        }
        for name in manifest.files.keys().map(String::as_str) {
            shifted(&next.join(name), &directory.join(name))?;
        }
        synced(directory)?;
        shifted(&next.join(MANIFEST), &directory.join(MANIFEST))?;
        synced(directory)?;
    }
    cleared(&next)
}

/// Files of the old result that the new one lacks.
fn outdated(directory: &Path, new: &Manifest) -> Vec<String> {
    // An old manifest that cannot be read says of no file that it may go.
    let old = Manifest::read(directory).ok().flatten();
    let names = old.into_iter().flat_map(|old| old.files.into_keys());
    names
        .filter(|name| is_inside(name) && !new.files.contains_key(name))
        .collect()
}

/// Renames a file, if it has not been renamed before.
fn shifted(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound || from.exists() => {
            Err(named(to, &error))
        }
        _ => Ok(()),
    }
}

fn folder_for(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Forces the names in a directory to the disk, where the system can do that.
fn synced(directory: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

/// Takes a file away, if it is there.
fn gone(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(named(path, &error)),
        _ => Ok(()),
    }
}

/// Takes a directory away with all that is in it, if it is there.
fn cleared(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(named(directory, &error)),
        _ => Ok(()),
    }
}

/// An error with the path that it is about.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeSet;

    use super::*;
    use crate::report::manifest::{Asked, hash};

    /// A result of so many files, all of the same text.
    fn result(names: &[&str], text: &str) -> (Vec<(String, Vec<u8>)>, Manifest) {
        let file = |name: &&str| ((*name).to_owned(), text.as_bytes().to_vec());
        let files: Vec<_> = names.iter().map(file).collect();
        let manifest = Manifest::new(Asked::default(), &[], &files);
        (files, manifest)
    }

    const OLD: [&str; 3] = ["report.md", "summary.json", "charts/cost.svg"];
    const NEW: [&str; 4] = [
        "report.md",
        "summary.json",
        "charts/timeline.svg",
        "runs.csv",
    ];

    fn put(place: &Path, names: &[&str], text: &str) -> io::Result<Vec<PathBuf>> {
        let (files, manifest) = result(names, text);
        replace(place, &files, &manifest, &|_| Ok(()))
    }

    fn below(place: &Path, directory: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(place, &path, found);
            } else {
                let name = path.strip_prefix(place).unwrap().display();
                found.insert(name.to_string());
            }
        }
    }

    /// The text that all files of the place have, when these are the files of the manifest and no others.
    #[track_caller]
    fn whole(place: &Path) -> String {
        let manifest = Manifest::read(place).unwrap().unwrap();
        let mut found = BTreeSet::new();
        below(place, place, &mut found);
        assert!(found.remove(MANIFEST));
        assert_eq!(found, manifest.files.keys().cloned().collect());
        for (name, expected) in &manifest.files {
            assert_eq!(hash(&fs::read(place.join(name)).unwrap()), *expected);
        }
        fs::read_to_string(place.join("report.md")).unwrap()
    }

    #[test]
    fn a_result_takes_the_place_of_another() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("results/shop");
        let written = put(&place, &OLD, "old").unwrap();
        assert!(written.last().unwrap().ends_with(MANIFEST));
        assert_eq!(whole(&place), "old");
        put(&place, &NEW, "new").unwrap();
        assert_eq!(whole(&place), "new");
    }

    /// The states that a kill can leave: so many parts written, the last perhaps half; all of them, and so many moved.
    #[test]
    fn whoever_is_killed_leaves_the_old_result_or_the_new_one() {
        let (files, manifest) = result(&NEW, "new");
        let parts = files.len() + 1;
        for moment in 0..=2 * parts + 1 {
            let home = tempfile::tempdir().unwrap();
            let place = home.path();
            put(place, &OLD, "old").unwrap();
            fs::write(place.join(LOCK), "").unwrap();
            fs::write(place.join("notes.txt"), "somebody's own").unwrap();
            if moment <= parts {
                staged(
                    &place.join(PARTS),
                    &files[..moment.min(files.len())],
                    &manifest,
                )
                .unwrap();
                let last = if moment == parts {
                    MANIFEST
                } else {
                    "report.md"
                };
                fs::write(place.join(PARTS).join(last), "{").unwrap();
            } else {
                staged(&place.join(NEXT), &files, &manifest).unwrap();
                fs::remove_file(place.join("charts/cost.svg")).unwrap();
                for (name, _) in files.iter().take(moment - parts - 1) {
                    fs::rename(place.join(NEXT).join(name), place.join(name)).unwrap();
                }
                if moment == 2 * parts + 1 {
                    fs::rename(place.join(NEXT).join(MANIFEST), place.join(MANIFEST)).unwrap();
                }
            }
            // Who only reads completes what counts; who writes takes everything away that is left over.
            complete(place).unwrap();
            settle(place).unwrap();
            fs::remove_file(place.join("notes.txt")).unwrap();
            let expected = if moment <= parts { "old" } else { "new" };
            assert_eq!(whole(place), expected, "moment {moment}");
        }
    }

    #[test]
    fn writers_follow_each_other() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("both");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let place = &place;
                scope.spawn(move || {
                    for round in 0..10 {
                        let names: &[&str] = if round % 2 == 0 { &OLD } else { &NEW };
                        put(place, names, &format!("{writer} {round}")).unwrap();
                    }
                });
            }
        });
        assert!(whole(&place).ends_with('9'));
    }

    #[test]
    fn what_cannot_be_written_leaves_the_old_result() {
        let home = tempfile::tempdir().unwrap();
        put(home.path(), &OLD, "old").unwrap();
        // A directory where a file should go.
        fs::create_dir_all(home.path().join("runs.csv")).unwrap();
        let error = put(home.path(), &NEW, "new").unwrap_err().to_string();
        assert!(error.contains("runs.csv"), "{error}");
        assert_eq!(whole(home.path()), "old");
        fs::remove_dir(home.path().join("runs.csv")).unwrap();
        // A file where a directory should be.
        let error = put(home.path(), &["report.md/x"], "new").unwrap_err();
        assert_eq!(whole(home.path()), "old", "{error}");
    }

    #[test]
    fn what_others_keep_there_stays() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("report.md"), "my own").unwrap();
        let error = put(home.path(), &OLD, "old").unwrap_err().to_string();
        assert!(error.contains("belongs to no result"), "{error}");
        let kept = fs::read_to_string(home.path().join("report.md")).unwrap();
        assert_eq!(kept, "my own");
        fs::remove_file(home.path().join("report.md")).unwrap();
        put(home.path(), &OLD, "old").unwrap();
        fs::create_dir(home.path().join("cells")).unwrap();
        put(home.path(), &NEW, "new").unwrap();
        assert!(home.path().join("cells").exists());
    }

    #[test]
    fn a_result_may_be_protected() {
        let home = tempfile::tempdir().unwrap();
        put(home.path(), &OLD, "old").unwrap();
        let (files, manifest) = result(&NEW, "new");
        let no = |_: &Manifest| Err(io::Error::other("of another file"));
        assert!(replace(home.path(), &files, &manifest, &no).is_err());
        assert_eq!(whole(home.path()), "old");
    }
}
