//! Which applications and functions of the dialplan go with which module.

/// A module that can be unloaded: what it brings is not there then.
pub struct Provided {
    pub module: &'static str,
    pub applications: &'static [&'static str],
    pub functions: &'static [&'static str],
}

const fn applications(module: &'static str, applications: &'static [&'static str]) -> Provided {
    Provided {
        module,
        applications,
        functions: &[],
    }
}

const fn functions(module: &'static str, functions: &'static [&'static str]) -> Provided {
    Provided {
        module,
        applications: &[],
        functions,
    }
}

/// Modules of the dialplan, by name.
pub const PROVIDED: &[Provided] = &[
    applications("app_channelredirect.so", &["ChannelRedirect"]),
    applications("app_controlplayback.so", &["ControlPlayback"]),
    applications("app_db.so", &["DBdel", "DBdeltree"]),
    applications("app_dial.so", &["Dial"]),
    applications("app_echo.so", &["Echo"]),
    applications("app_exec.so", &["Exec", "ExecIf", "TryExec"]),
    applications("app_originate.so", &["Originate"]),
    applications("app_playback.so", &["Playback"]),
    applications("app_playtones.so", &["PlayTones", "StopPlayTones"]),
    applications("app_read.so", &["Read"]),
    applications("app_record.so", &["Record"]),
    applications("app_senddtmf.so", &["SendDTMF"]),
    applications("app_sendtext.so", &["ReceiveText", "SendText"]),
    applications("app_softhangup.so", &["SoftHangup"]),
    Provided {
        module: "app_stack.so",
        applications: &["Gosub", "GosubIf", "Return", "StackPop"],
        functions: &["LOCAL"],
    },
    applications("app_system.so", &["System", "TrySystem"]),
    applications("app_talkdetect.so", &["BackgroundDetect"]),
    applications("app_userevent.so", &["UserEvent"]),
    applications("app_verbose.so", &["Log", "Verbose"]),
    applications("app_waituntil.so", &["WaitUntil"]),
    applications(
        "app_while.so",
        &["ContinueWhile", "EndWhile", "ExitWhile", "While"],
    ),
    functions("func_callerid.so", &["CALLERID", "CONNECTEDLINE"]),
    functions("func_channel.so", &["CHANNEL"]),
    functions("func_cut.so", &["CUT"]),
    functions(
        "func_db.so",
        &["DB", "DB_DELETE", "DB_EXISTS", "DB_KEYCOUNT", "DB_KEYS"],
    ),
    functions("func_devstate.so", &["DEVICE_STATE", "HINT"]),
    functions("func_dialplan.so", &["DIALPLAN_EXISTS"]),
    functions("func_env.so", &["ENV", "FILE"]),
    functions("func_extstate.so", &["EXTENSION_STATE"]),
    functions("func_global.so", &["GLOBAL"]),
    functions("func_hangupcause.so", &["HANGUPCAUSE", "HANGUPCAUSE_KEYS"]),
    functions("func_logic.so", &["EXISTS", "IF", "IFTIME", "ISNULL"]),
    functions("func_presencestate.so", &["PRESENCE_STATE"]),
    functions("func_rand.so", &["RAND"]),
    functions("func_shell.so", &["SHELL"]),
    functions(
        "func_strings.so",
        &["EVAL", "FIELDQTY", "FILTER", "LEN", "TOLOWER", "TOUPPER"],
    ),
    functions("func_timeout.so", &["TIMEOUT"]),
];

/// What a module brings, with or without the ending; none for one that stays.
pub fn find(module: &str) -> Option<&'static Provided> {
    let bare = module.strip_suffix(".so").unwrap_or(module);
    PROVIDED
        .iter()
        .find(|provided| provided.module.strip_suffix(".so") == Some(bare))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules;

    #[test]
    fn modules_of_the_dialplan_bring_what_is_there() {
        let mut registry = ucx_pbx::Registry::new();
        ucx_apps::register(&mut registry);
        for provided in PROVIDED {
            let Provided {
                module,
                applications,
                functions,
            } = provided;
            assert_ne!(modules::find(module), modules::Found::Nothing, "{module}");
            assert!(
                applications.len() + functions.len() > 0,
                "{module} brings something"
            );
            for name in *applications {
                assert!(registry.find_application(name).is_some(), "{module}: {name}");
            }
            for name in *functions {
                assert!(registry.find_function(name).is_some(), "{module}: {name}");
            }
        }
        // Stasis comes with the Application interface, which registers it itself.
        let listed = modules::list(&Default::default())
            .into_iter()
            .map(|module| module.name);
        let fixed = listed
            .filter(|name| (name.starts_with("app_") || name.starts_with("func_")) && find(name).is_none());
        assert_eq!(fixed.collect::<Vec<_>>(), ["app_stasis.so"]);
    }

    #[test]
    fn what_a_module_brought_is_gone_without_it_and_comes_back() {
        let mut registry = ucx_pbx::Registry::new();
        ucx_apps::register(&mut registry);
        let count = || (registry.applications().count(), registry.functions().count());
        let before = count();
        let stack = find("app_stack").expect("it is listed");
        registry.set_hidden(stack.applications, stack.functions, true);
        assert!(registry.find_application("gosub").is_none());
        assert!(registry.find_function("LOCAL").is_none());
        assert!(registry.find_application("Dial").is_some());
        assert_eq!(count(), (before.0 - 4, before.1 - 1));
        registry.set_hidden(stack.applications, stack.functions, false);
        assert!(registry.find_application("Gosub").is_some());
        assert_eq!(count(), before);
    }
}
