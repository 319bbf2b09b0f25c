//! Modules, logs and the dialplan as a whole.

use super::actions::{at, at_with};
use ucx_pbx::Registry;

#[test]
fn the_configuration_is_read_again() {
    at("admin", async |at| {
        for request in [
            "Action: Reload",
            "Action: Reload\nModule: pbx_config",
            "Action: Reload\nModule: manager",
        ] {
            assert_eq!(at.success(request).await, "Message: Module Reloaded\n");
        }
        for (module, message) in [
            ("nosuch", "No such module"),
            ("dialplan", "No such module"),
            ("app_echo", "Module does not support reload"),
        ] {
            assert_eq!(
                at.error(&format!("Action: Reload\nModule: {module}")).await,
                message
            );
        }
        let told = at
            .world
            .record()
            .count(|kind| matches!(kind, ucx_call::EventKind::Reloaded { status: 2, .. }));
        assert_eq!(told, 2);
        assert_eq!(at.host.asked.lock().unwrap().len(), 4);
        assert_eq!(
            at.success("Action: LoggerRotate").await,
            "Message: Reloaded the logger and rotated log files\n"
        );
    });
}

#[test]
fn modules_are_checked_loaded_and_unloaded() {
    at("admin", async |at| {
        assert_eq!(
            at.success("Action: ModuleCheck\nModule: app_echo").await,
            "Version: \n"
        );
        assert_eq!(
            at.error("Action: ModuleCheck\nModule: nosuch").await,
            "Module not loaded"
        );
        let load = |rest: &str| format!("Action: ModuleLoad\n{rest}");
        let steps = [
            ("LoadType: unload\nModule: app_echo.so", Ok("Module unloaded.")),
            (
                "LoadType: unload\nModule: app_echo.so",
                Err("Could not unload module."),
            ),
            (
                "LoadType: refresh\nModule: app_echo.so",
                Err("Could not refresh module."),
            ),
            ("LoadType: load\nModule: app_echo.so", Ok("Module loaded.")),
            (
                "LoadType: load\nModule: app_echo.so",
                Err("Could not load module."),
            ),
            (
                "LoadType: refresh\nModule: app_echo.so",
                Ok("Module unloaded and loaded."),
            ),
            ("LoadType: reload\nModule: pbx_config.so", Ok("Module reloaded.")),
            ("LoadType: reload", Ok("All modules reloaded")),
            (
                "LoadType: reload\nModule: app_echo.so",
                Err("Module does not support reload action."),
            ),
            ("LoadType: reload\nModule: nosuch", Err("No such module.")),
            ("LoadType: load\nModule: app_echo", Err("Module not found.")),
            ("LoadType: load\nModule: nosuch.so", Err("Module not found.")),
            (
                "LoadType: load\nModule: ../evil.so",
                Err("Module must be in the configured modules directory."),
            ),
            ("Module: app_echo.so", Err("Incomplete ModuleLoad action.")),
            ("LoadType: load", Err("Need module name")),
            ("LoadType: bogus\nModule: x", Err("Module not found.")),
        ];
        for (request, answer) in steps {
            match answer {
                Ok(message) => {
                    assert_eq!(
                        at.success(&load(request)).await,
                        format!("Message: {message}\n"),
                        "{request}"
                    );
                }
                Err(message) => assert_eq!(at.error(&load(request)).await, message, "{request}"),
            }
        }
    });
}

const PLAN: &str = "[gold]\nexten => 100,1,NoOp(one)\n same => n(here),NoOp(two)\nexten => 101,hint,PJSIP/bob\ninclude => other\n[other]\n";

#[test]
fn the_dialplan_is_shown() {
    at_with(PLAN, "admin", Registry::new(), async |at| {
        let list = at.success("Action: ShowDialPlan\nContext: gold").await;
        assert_eq!(
            list,
            "EventList: start\nMessage: DialPlan list will follow\n\n\
             Event: ListDialplan\nActionID: 1\nContext: gold\nExtension: 100\nPriority: 1\nApplication: NoOp\n\
             AppData: one\nRegistrar: pbx_config\n\n\
             Event: ListDialplan\nActionID: 1\nContext: gold\nExtension: 100\nExtensionLabel: here\nPriority: 2\n\
             Application: NoOp\nAppData: two\nRegistrar: pbx_config\n\n\
             Event: ListDialplan\nActionID: 1\nContext: gold\nExtension: 101\nPriority: hint\n\
             Application: PJSIP/bob\nRegistrar: pbx_config\n\n\
             Event: ListDialplan\nActionID: 1\nContext: gold\nIncludeContext: other\nRegistrar: pbx_config\n\n\
             Event: ShowDialPlanComplete\nActionID: 1\nEventList: Complete\nListItems: 4\nListExtensions: 2\n\
             ListPriorities: 3\nListContexts: 1\n"
        );
        assert_eq!(
            at.error("Action: ShowDialPlan\nContext: nope").await,
            "Did not find context nope"
        );
        assert_eq!(
            at.error("Action: ShowDialPlan\nContext: gold\nExtension: 9")
                .await,
            "Did not find extension 9@gold"
        );
    });
}

#[test]
fn the_dialplan_is_changed_at_run_time() {
    at_with(PLAN, "admin", Registry::new(), async |at| {
        let add = "Action: DialplanExtensionAdd\nContext: gold\nExtension: 102\nPriority: 1\nApplication: NoOp\nApplicationData: three";
        assert_eq!(at.success(add).await, "Message: Added requested extension\n");
        assert_eq!(
            at.error(add).await,
            "That extension and priority already exist at that context"
        );
        at.success(&format!("{add}\nReplace: yes")).await;
        at.success("Action: DialplanExtensionAdd\nContext: fresh\nExtension: _X.\nPriority: hint\nApplication: PJSIP/a").await;
        assert!(
            at.success("Action: ShowDialPlan\nContext: gold\nExtension: 102")
                .await
                .contains("AppData: three\n")
        );
        for (request, message) in [
            (
                "DialplanExtensionAdd\nContext: gold\nExtension: 102\nPriority: 1",
                "Context, Extension, Priority, and Application must be defined for DialplanExtensionAdd.",
            ),
            (
                "DialplanExtensionAdd\nContext: gold\nExtension: 103\nPriority: x\nApplication: NoOp",
                "The priority specified was invalid.",
            ),
            (
                "DialplanExtensionRemove\nContext: gold",
                "Context and Extension must be provided for DialplanExtensionRemove",
            ),
            (
                "DialplanExtensionRemove\nContext: gold\nExtension: 102\nPriority: x",
                "The priority specified was invalid.",
            ),
        ] {
            assert_eq!(at.error(&format!("Action: {request}")).await, message);
        }
        let remove = "Action: DialplanExtensionRemove\nContext: gold\nExtension: 102";
        assert_eq!(
            at.success("Action: DialplanExtensionRemove\nContext: gold\nExtension: 100\nPriority: 2")
                .await,
            "Message: Removed the requested priority from the extension\n"
        );
        assert_eq!(
            at.success(remove).await,
            "Message: Removed the requested extension\n"
        );
        assert_eq!(at.error(remove).await, "Failed to remove requested extension");
    });
    // What is added runs with the dialplan's rights, so it takes everything to add it.
    at("editor", async |at| {
        let add = "Action: DialplanExtensionAdd\nContext: m\nExtension: 1\nPriority: 1\nApplication: System";
        assert_eq!(at.error(add).await, "Permission denied");
    });
}
