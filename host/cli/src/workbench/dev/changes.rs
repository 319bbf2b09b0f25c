//! Which files of a plugin changed? Those somebody writes, not those that building leaves behind.

use anyhow::{Context, Result};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::{Component, Path};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Changes that wait; one is enough to begin again.
const CHANGES_WAITING_MAX: usize = 1;
/// Folders whose files nobody writes by hand.
const MADE: [&str; 6] = ["built", "target", "__pycache__", "node_modules", ".git", "state"];

/// The changes below a folder.
pub struct Changes {
    changed: mpsc::Receiver<()>,
    _watcher: RecommendedWatcher,
}

impl Changes {
    pub fn of(folder: &Path) -> Result<Self> {
        let root = std::fs::canonicalize(folder).with_context(|| folder.display().to_string())?;
        let (tell, changed) = mpsc::channel(CHANGES_WAITING_MAX);
        let watched = root.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            let is_read = matches!(event.kind, EventKind::Access(_));
            if !is_read && event.paths.iter().any(|path| is_written(&watched, path)) {
                // When one waits already, that is enough.
                let _ = tell.try_send(());
            }
        })
        .context("watching files")?;
        watcher
            .watch(&root, RecursiveMode::Recursive)
            .with_context(|| format!("watching {}", root.display()))?;
        Ok(Self {
            changed,
            _watcher: watcher,
        })
    }

    /// Waits for a change, and until no more comes for that long.
    pub async fn next(&mut self, rest: Duration) -> Result<()> {
        self.changed
            .recv()
            .await
            .context("the files are watched no more")?;
        while let Ok(Some(())) = timeout(rest, self.changed.recv()).await {}
        Ok(())
    }
}

/// Whether somebody writes that file: not what building makes, nor what an editor puts beside it.
fn is_written(root: &Path, path: &Path) -> bool {
    let Ok(inside) = path.strip_prefix(root) else {
        return false;
    };
    let mut words = inside.components().filter_map(|part| match part {
        Component::Normal(word) => word.to_str(),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
    });
    let is_made = words.any(|word| MADE.contains(&word));
    let name = inside
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let is_beside = name.is_empty() || name.starts_with('.') || name.ends_with('~') || name.ends_with(".swp");
    !is_made && !is_beside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_count_and_what_is_made_of_them_does_not() {
        let root = Path::new("/p");
        for name in [
            "app.py",
            "src/lib.rs",
            "plugin.toml",
            "try/tables/routes.csv",
            "tests/router.toml",
        ] {
            assert!(is_written(root, &root.join(name)), "{name}");
        }
        for name in [
            "built/p.wasm",
            "target/x",
            "__pycache__/a.pyc",
            "src/.lib.rs.swp",
            "a~",
            "try/state/log",
            "",
        ] {
            assert!(!is_written(root, &root.join(name)), "{name}");
        }
        assert!(!is_written(root, Path::new("/q/app.py")));
    }
}
