use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;

use super::*;
use crate::agent::{Cookie, Origins};

const ISSUER: &str = "https://as.example";

fn memory() -> AgentState {
    let cookie = Cookie {
        name: "sid".to_owned(),
        value: "secret".to_owned(),
        domain: "as.example".to_owned(),
        host_only: true,
        path: "/".to_owned(),
        secure: true,
        http_only: true,
        expires: None,
        same_site: None,
    };
    AgentState {
        origins: Origins::of([ISSUER]),
        pages: ["password,user".to_owned()].into(),
        forms_work: true,
        sessions: BTreeMap::from([("alice".to_owned(), vec![cookie])]),
    }
}

/// A folder with the session file of a process that signed in.
fn kept() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let mut file = SessionFile::open(folder.path(), ISSUER, &["run 1"]).unwrap();
    assert_eq!(file.memory(), None);
    file.keep(memory()).unwrap();
    let path = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    (folder, path)
}

/// What the next process of the run finds.
fn found(folder: &Path) -> Option<AgentState> {
    let file = SessionFile::open(folder, ISSUER, &["run 1"]).unwrap();
    file.memory().cloned()
}

/// Changes the content of the file.
fn change(path: &Path, change: impl Fn(&mut Stored)) {
    let mut kept: Stored = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut kept);
    fs::write(path, serde_json::to_vec(&kept).unwrap()).unwrap();
}

#[test]
fn the_next_process_goes_on_with_what_one_has_left() {
    let (folder, path) = kept();
    assert_eq!(found(folder.path()), Some(memory()));
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    assert!(!path.display().to_string().contains("as.example"), "{}", path.display());
}

#[test]
fn what_is_of_another_run_or_login_is_not_used_and_not_left() {
    let (folder, path) = kept();
    let other = SessionFile::open(folder.path(), ISSUER, &["run 2"]).unwrap();
    assert_eq!(other.memory(), None);
    drop(other);
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
    let (folder, _) = kept();
    let other = SessionFile::open(folder.path(), ISSUER, &["run 1", "[[login]]"]).unwrap();
    assert_eq!(other.memory(), None);
    let (folder, _) = kept();
    let other = SessionFile::open(folder.path(), "https://other.example", &["run 1"]).unwrap();
    assert_eq!(other.memory(), None);
}

#[test]
fn what_is_out_of_date_is_not_used() {
    for expires in [0, now() - 1, now(), now() + 2 * LIFE.as_secs(), u64::MAX] {
        let (folder, path) = kept();
        change(&path, |kept| kept.expires = expires);
        assert_eq!(found(folder.path()), None, "{expires}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
    }
}

#[test]
fn what_is_damaged_is_not_used() {
    let whole = serde_json::json!({ "mark": "x", "expires": now() + 60, "memory": memory() });
    let mut more = whole.clone();
    more["memory"]["more"] = serde_json::json!(1);
    for text in ["", "{", "[]", "{}", &whole.to_string(), &more.to_string()] {
        let (folder, path) = kept();
        fs::write(&path, text).unwrap();
        assert_eq!(found(folder.path()), None, "{text}");
    }
    let (folder, path) = kept();
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert_eq!(found(folder.path()), None);
}

#[test]
fn what_others_could_read_is_not_used() {
    let (folder, path) = kept();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    assert_eq!(found(folder.path()), None);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn what_is_no_plain_file_is_left_alone() {
    let (folder, path) = kept();
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    let error = SessionFile::open(folder.path(), ISSUER, &["run 1"]).unwrap_err();
    assert!(error.to_string().contains("is not a regular file; remove it"), "{error}");
    assert!(fs::read_to_string(&elsewhere).unwrap().contains("secret"));
}

#[test]
fn only_one_has_it_at_a_time() {
    let (folder, path) = kept();
    let first = SessionFile::open(folder.path(), ISSUER, &["run 1"]).unwrap();
    assert!(File::open(&path).unwrap().try_lock().is_err());
    let (sender, opened) = mpsc::channel();
    let place = folder.path().to_owned();
    let second = thread::spawn(move || {
        let file = SessionFile::open(&place, ISSUER, &["run 1"]).unwrap();
        sender.send(()).unwrap();
        file.memory().cloned()
    });
    assert!(opened.try_recv().is_err());
    drop(first);
    assert_eq!(second.join().unwrap(), Some(memory()));
}

#[test]
fn who_waited_for_a_file_that_was_removed_makes_another() {
    let (folder, path) = kept();
    let first = SessionFile::open(folder.path(), ISSUER, &["run 1"]).unwrap();
    let place = folder.path().to_owned();
    let second = thread::spawn(move || SessionFile::open(&place, ISSUER, &["run 1"]).unwrap());
    fs::remove_file(&path).unwrap();
    drop(first);
    assert_eq!(second.join().unwrap().memory(), None);
    assert!(path.exists());
}

#[test]
fn files_of_other_servers_go_when_they_are_out_of_date() {
    let (folder, path) = kept();
    let other = "https://other.example";
    drop(SessionFile::open(folder.path(), other, &["run 1"]).unwrap());
    assert!(path.exists(), "it is good still");
    change(&path, |kept| kept.expires = now() - 1);
    let held = File::open(&path).unwrap();
    held.lock().unwrap();
    drop(SessionFile::open(folder.path(), other, &["run 1"]).unwrap());
    assert!(path.exists(), "somebody has it");
    drop(held);
    drop(SessionFile::open(folder.path(), other, &["run 1"]).unwrap());
    assert!(!path.exists());
}

#[test]
fn nothing_is_left_where_nobody_signed_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = SessionFile::open(folder.path(), ISSUER, &[]).unwrap();
    file.keep(AgentState { sessions: BTreeMap::new(), ..memory() }).unwrap();
    drop(file);
    assert_eq!(found(folder.path()), None);
}
