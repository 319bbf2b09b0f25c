//! What is kept: variables of the call, and the plugin's own database.

use ucx::prelude::*;

use super::{Done, with};
use crate::expression;
use crate::session::Session;

/// The bucket of the database.
const BUCKET: &str = "default";
/// The key under which the keys of all families are listed, so that trees can be deleted.
const INDEX: &str = "agi-index";
/// Keys of the database; further ones are refused.
const KEYS_MAX: usize = 1_000;

/// Sets a variable that tells how a command went, if the operator lets it.
pub fn note(session: &Session<'_>, name: &str, value: &str) {
    if let Err(why) = session.call.set_variable(name, value) {
        log::debug(&format!("{name} is not set: {}", Failure::from(why)));
    }
}

/// `GET VARIABLE name`.
pub fn get_variable(session: &mut Session<'_>, words: &[String]) -> Done {
    match session.call.variable(&words[0])? {
        Some(value) if !value.is_empty() => with(format!("1 ({})", one_line(&value))),
        _ => with(0),
    }
}

/// `GET FULL VARIABLE text [channel]`, of this call only.
pub fn get_full_variable(session: &mut Session<'_>, words: &[String]) -> Done {
    let info = session.call.info();
    if words
        .get(1)
        .is_some_and(|name| !name.is_empty() && *name != info.name && *name != info.id)
    {
        return with(0);
    }
    let call = session.call;
    let said = expression::expand(&words[0], |name| Ok(call.variable(name)?.unwrap_or_default()))?;
    with(format!("1 ({})", one_line(&said)))
}

/// `SET VARIABLE name value`.
pub fn set_variable(session: &mut Session<'_>, words: &[String]) -> Done {
    session.call.set_variable(&words[0], &words[1])?;
    with(1)
}

/// A value may not begin a line of its own.
pub fn one_line(value: &str) -> String {
    value.replace(['\r', '\n'], " ")
}

fn failed(why: Failure) -> Error {
    Error::Unavailable(why.to_string())
}

fn place(words: &[String]) -> String {
    format!("db/{}", words[..2].join("/"))
}

fn index(store: &Store) -> Result<Vec<String>, Error> {
    let keys = store.get(INDEX).map_err(failed)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&keys)
        .lines()
        .map(str::to_owned)
        .collect())
}

fn keep(store: &Store, keys: &[String]) -> Result<(), Error> {
    store.set(INDEX, keys.join("\n").as_bytes()).map_err(failed)
}

/// `DATABASE GET family key`.
pub fn database_get(_: &mut Session<'_>, words: &[String]) -> Done {
    let store = Store::open(BUCKET).map_err(failed)?;
    match store.get(&place(words)).map_err(failed)? {
        Some(value) => with(format!("1 ({})", one_line(&String::from_utf8_lossy(&value)))),
        None => with(0),
    }
}

/// `DATABASE PUT family key value`.
pub fn database_put(_: &mut Session<'_>, words: &[String]) -> Done {
    let store = Store::open(BUCKET).map_err(failed)?;
    let (place, mut keys) = (place(words), index(&store)?);
    if place.contains('\n') {
        return with(0);
    }
    if !keys.contains(&place) {
        if keys.len() >= KEYS_MAX {
            return Err(Error::Quota(None));
        }
        keys.push(place.clone());
        keep(&store, &keys)?;
    }
    store.set(&place, words[2].as_bytes()).map_err(failed)?;
    with(1)
}

/// `DATABASE DEL family key`.
pub fn database_del(_: &mut Session<'_>, words: &[String]) -> Done {
    let place = place(words);
    let gone = delete(|key| key == place)?;
    with(u8::from(gone))
}

/// `DATABASE DELTREE family [tree]`: 0 when something was deleted, as clients expect.
pub fn database_deltree(_: &mut Session<'_>, words: &[String]) -> Done {
    let tree = format!("db/{}", words.join("/"));
    let below = format!("{}/", tree.trim_end_matches('/'));
    let gone = delete(|key| key == tree || key.starts_with(&below))?;
    with(u8::from(!gone))
}

/// Deletes the keys that fit; whether there were any.
fn delete(fits: impl Fn(&str) -> bool) -> Result<bool, Error> {
    let store = Store::open(BUCKET).map_err(failed)?;
    let (gone, left): (Vec<_>, Vec<_>) = index(&store)?.into_iter().partition(|key| fits(key));
    for key in &gone {
        store.delete(key).map_err(failed)?;
    }
    keep(&store, &left)?;
    Ok(!gone.is_empty())
}
