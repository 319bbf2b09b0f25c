//! Reading and changing files of the configuration: texts, numbering, and what nobody gets at.

use super::actions::{At, at};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

const SAMPLE: &str = "; a comment on top\n[general]\nname = main ; behind\nlist => one\nlist => two\n\n[tpl](!)\n\
    color = red\n\n[item](tpl)\nsize = 1\n; inner comment\nsize = 2\n\n[empty]\n";

/// A folder of its own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "ucx-manager-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(path.join("extensions.d")).unwrap();
        for (file, text) in [
            ("sample.conf", SAMPLE),
            ("manager.conf", "[admin]\nsecret=hush\n"),
            (
                "extensions.conf",
                "#include custom.conf\n[main]\nexten => 1,1,NoOp()\n",
            ),
            ("custom.conf", "[more]\nexten => 2,1,NoOp()\n"),
        ] {
            std::fs::write(path.join(file), text).unwrap();
        }
        Self(path)
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.join(file)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A test that failed leaves its folder to the system.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn in_folder(user: &str, test: impl AsyncFnOnce(&mut At<'_>, &Folder)) {
    let folder = Folder::new();
    at(user, async |at| {
        at.host.directories.etc = folder.0.clone();
        test(at, &folder).await;
    });
}

/// A request to change the sample.
fn update(rest: &str) -> String {
    format!("Action: UpdateConfig\nSrcFilename: sample.conf\nDstFilename: sample.conf\n{rest}")
}

#[test]
fn files_are_shown_line_by_line() {
    in_folder("admin", async |at, _| {
        let get = |rest: &str| format!("Action: GetConfig\nFilename: sample.conf\n{rest}");
        let item = |at: usize| {
            format!(
                "Category-{at:06}: item\nTemplates-{at:06}: tpl\nLine-{at:06}-000000: color=red\n\
                 Line-{at:06}-000001: size=1\nLine-{at:06}-000002: size=2\n"
            )
        };
        let general = "Category-000000: general\nLine-000000-000000: name=main\nLine-000000-000001: list=one\n\
                       Line-000000-000002: list=two\n";
        assert_eq!(
            at.success(&get("")).await,
            format!("{general}{}Category-000002: empty\n", item(1))
        );
        assert_eq!(at.success(&get("Category: item")).await, item(0));
        assert_eq!(
            at.success(&get("Category: nosuch")).await,
            "No categories found\n"
        );
        assert_eq!(at.success(&get("Filter: size=1")).await, item(0));
        assert!(at.success(&get("Filter: TEMPLATES=include")).await.contains(
            "Category-000001: tpl\nIsTemplate-000001: 1\nLine-000001-000000: color=red\nCategory-000002: item\n"
        ));
        assert_eq!(
            at.success(&get("Filter: TEMPLATES=restrict")).await,
            "Category-000000: tpl\nIsTemplate-000000: 1\nLine-000000-000000: color=red\n"
        );
        assert_eq!(
            at.success("Action: GetConfigJSON\nFilename: sample.conf").await,
            "JSON: {\"general\":{\"name\":\"main\",\"list\":\"one\",\"list\":\"two\"},\
             \"item\":{\"templates\":\"tpl\",\"color\":\"red\",\"size\":\"1\",\"size\":\"2\"},\"empty\":{}}\n"
        );
        assert_eq!(
            at.success("Action: ListCategories\nFilename: sample.conf").await,
            "Category-000000: general\nCategory-000001: item\nCategory-000002: empty\n"
        );
        for (request, message) in [
            ("GetConfig\nFilename: nosuch.conf", "Config file not found"),
            ("GetConfig", "Filename not specified"),
            (
                "GetConfig\nFilename: ../passwd",
                "File requires escalated privileges",
            ),
            (
                "GetConfig\nFilename: /etc/passwd",
                "File requires escalated privileges",
            ),
            (
                "GetConfigJSON\nFilename: nosuch.conf",
                "File requires escalated privileges",
            ),
            ("GetConfigJSON", "Filename not specified"),
            ("ListCategories\nFilename: nosuch.conf", "Config file not found"),
            ("ListCategories", "Filename not specified"),
        ] {
            assert_eq!(
                at.error(&format!("Action: {request}")).await,
                message,
                "{request}"
            );
        }
    });
}

#[test]
fn files_are_made_empty() {
    in_folder("admin", async |at, folder| {
        let create = "Action: CreateConfig\nFilename: fresh.conf";
        assert_eq!(
            at.success(create).await,
            "Message: New configuration file created successfully\n"
        );
        assert_eq!(folder.read("fresh.conf"), "");
        assert_eq!(at.error(create).await, "File exists");
        assert_eq!(at.error("Action: CreateConfig").await, "Filename not specified");
        assert_eq!(
            at.error("Action: CreateConfig\nFilename: no/such/folder.conf")
                .await,
            "Filename is invalid"
        );
        assert_eq!(
            at.success("Action: ListCategories\nFilename: fresh.conf").await,
            "Error: no categories found\n"
        );
        assert_eq!(at.success("Action: GetConfig\nFilename: fresh.conf").await, "");
    });
}

#[test]
fn files_are_changed_and_keep_their_comments() {
    in_folder("admin", async |at, folder| {
        let changes = [
            "Action-000000: NewCat\nCat-000000: new",
            "Action-000000: NewCat\nCat-000000: based\nOptions-000000: inherit=\"tpl\"",
            "Action-000000: NewCat\nCat-000000: hidden\nOptions-000000: template",
            "Action-000000: Append\nCat-000000: new\nVar-000000: k\nValue-000000: v1\n\
             Action-000001: Append\nCat-000001: new\nVar-000001: k\nValue-000001: >v2",
            "Action-000000: Update\nCat-000000: new\nVar-000000: k\nValue-000000: v9\nMatch-000000: v1",
            "Action-000000: Insert\nCat-000000: new\nLine-000000: 0\nVar-000000: first\nValue-000000: 1",
            "Action-000000: Delete\nCat-000000: new\nVar-000000: k\nMatch-000000: v9",
            "Action-000000: Delete\nCat-000000: new\nLine-000000: 0",
            "Action-000000: RenameCat\nCat-000000: new\nValue-000000: newer",
            "Action-000000: EmptyCat\nCat-000000: item",
            "Action-000000: DelCat\nCat-000000: empty",
            "Var-000000: x",
        ];
        for change in changes {
            assert_eq!(at.success(&update(change)).await, "", "{change}");
        }
        assert_eq!(
            at.success("Action: GetConfig\nFilename: sample.conf").await,
            "Category-000000: general\nLine-000000-000000: name=main\nLine-000000-000001: list=one\n\
             Line-000000-000002: list=two\nCategory-000001: item\nTemplates-000001: tpl\n\
             Line-000001-000000: color=red\nCategory-000002: newer\nLine-000002-000000: k=v2\n\
             Category-000003: based\nTemplates-000003: tpl\nLine-000003-000000: color=red\n\
             Line-000003-000001: color=red\n"
        );
        let text = folder.read("sample.conf");
        assert!(
            text.starts_with(";!\n;! Automatically generated configuration file\n;! Filename: sample.conf (")
        );
        assert!(
            text.contains(";! Generator: Manager\n") && text.contains("\n; a comment on top\n[general]\n")
        );
        assert!(text.contains("k => v2"));
        assert!(!folder.0.join("sample.conf.new").exists());
        assert_eq!(
            at.success(&update("Reload: yes")).await + &at.success(&update("Reload: pbx_config.so")).await,
            ""
        );
        let asked = at.host.asked.lock().unwrap().clone();
        assert_eq!(
            asked,
            [
                "manager:admin: reload None",
                "manager:admin: reload Some(\"pbx_config.so\")"
            ]
        );
    });
}

#[test]
fn a_change_that_cannot_be_leaves_the_file_as_it_was() {
    in_folder("admin", async |at, folder| {
        for (change, message) in [
            (
                "Action-000000: NewCat\nCat-000000: general",
                "Create category did not complete successfully",
            ),
            ("Action-000000: Nosuch\nCat-000000: x", "Unknown action command"),
            (
                "Action-000000: DelCat\nCat-000000: nosuch",
                "Given category does not exist",
            ),
            (
                "Action-000000: Append\nCat-000000: nosuch\nVar-000000: a",
                "Given category does not exist",
            ),
            ("Action-000000: Append\nVar-000000: a", "Category not specified"),
            (
                "Action-000000: Update\nCat-000000: general\nVar-000000: nosuch\nValue-000000: x",
                "Update did not complete successfully",
            ),
            (
                "Action-000000: Delete\nCat-000000: general",
                "Problem with category, value, or line (if required)",
            ),
            (
                "Action-000000: Append\nCat-000000: general\nVar-000000: #include\nValue-000000: >/etc/passwd",
                "Problem with category, value, or line (if required)",
            ),
            (
                "Action-000000: DelCat\nCat-000000: empty\nAction-000001: Bogus\nCat-000001: x",
                "Unknown action command",
            ),
        ] {
            assert_eq!(at.error(&update(change)).await, message, "{change}");
        }
        assert_eq!(folder.read("sample.conf"), SAMPLE);
        for (request, message) in [
            ("SrcFilename: sample.conf", "Filename not specified"),
            (
                "SrcFilename: nosuch.conf\nDstFilename: nosuch.conf",
                "File requires escalated privileges",
            ),
            (
                "SrcFilename: sample.conf\nDstFilename: copy.conf",
                "File requires escalated privileges",
            ),
            (
                "SrcFilename: sample.conf\nDstFilename: ../x.conf",
                "File requires escalated privileges",
            ),
        ] {
            assert_eq!(
                at.error(&format!("Action: UpdateConfig\n{request}")).await,
                message
            );
        }
    });
}

#[test]
#[cfg(unix)]
fn links_do_not_lead_out_of_the_folder() {
    in_folder("admin", async |at, folder| {
        let outside = Folder::new();
        std::os::unix::fs::symlink(outside.0.join("sample.conf"), folder.0.join("link.conf")).unwrap();
        assert_eq!(
            at.error("Action: GetConfig\nFilename: link.conf").await,
            "Config file not found"
        );
        let request = "Action: UpdateConfig\nSrcFilename: link.conf\nDstFilename: link.conf\n\
                       Action-000000: DelCat\nCat-000000: empty";
        assert_eq!(at.error(request).await, "File requires escalated privileges");
        assert_eq!(outside.read("sample.conf"), SAMPLE);
    });
}

#[test]
fn without_the_system_class_nobody_writes_what_runs_or_who_may() {
    in_folder("editor", async |at, folder| {
        for file in [
            "manager.conf",
            "MANAGER.conf",
            "./manager.conf",
            "extensions.conf",
            "extensions_custom.conf",
            "extensions.d/x.conf",
            "asterisk.conf",
            "ucx.toml",
            "custom.conf",
            "./custom.conf",
        ] {
            let update = format!(
                "Action: UpdateConfig\nSrcFilename: sample.conf\nDstFilename: {file}\n\
                 Action-000000: NewCat\nCat-000000: evil"
            );
            assert_eq!(
                at.error(&update).await,
                "File requires escalated privileges",
                "{file}"
            );
        }
        for file in ["manager_more.conf", "extensions.d/evil.conf"] {
            let create = format!("Action: CreateConfig\nFilename: {file}");
            assert_eq!(at.error(&create).await, "File requires escalated privileges");
        }
        assert_eq!(
            at.error("Action: GetConfig\nFilename: manager.conf").await,
            "File requires escalated privileges"
        );
        assert_eq!(
            at.error("Action: UpdateConfig\nSrcFilename: manager.conf\nDstFilename: sample.conf")
                .await,
            "File requires escalated privileges"
        );
        assert_eq!(folder.read("custom.conf"), "[more]\nexten => 2,1,NoOp()\n");
        assert_eq!(
            at.success(&update("Action-000000: NewCat\nCat-000000: fine"))
                .await,
            ""
        );
        at.success("Action: CreateConfig\nFilename: fresh.conf").await;
    });
    in_folder("admin", async |at, folder| {
        let update = "Action: UpdateConfig\nSrcFilename: custom.conf\nDstFilename: custom.conf\n\
                      Action-000000: NewCat\nCat-000000: fine";
        assert_eq!(at.success(update).await, "");
        assert!(folder.read("custom.conf").contains("[fine]"));
        at.success("Action: GetConfig\nFilename: manager.conf").await;
    });
}
