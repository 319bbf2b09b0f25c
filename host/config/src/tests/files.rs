//! Values, the smaller files, directories on disk and the check of a whole directory.

use std::fs;
use std::net::IpAddr;
use std::time::Duration;

use crate::check::{Checker, check_dir};
use crate::rtp::StrictRtp;
use crate::value::{HostPort, Network, address, boolean, host_port, list, milliseconds, number, seconds};
use crate::{Diagnostic, DirSource, MemorySource, ReadError, Source, asterisk_conf, parse, parse_text, rtp};

#[test]
fn values_are_read_as_the_field_reads_them() {
    for yes in ["yes", "TRUE", "y", "T", "1", "On"] {
        assert_eq!(boolean(yes), Ok(true));
    }
    for no in ["no", "False", "N", "f", "0", "OFF"] {
        assert_eq!(boolean(no), Ok(false));
    }
    assert_eq!(boolean("2"), Err("yes or no".to_owned()));
    assert_eq!(number("17", &(1..=20)), Ok(17));
    assert_eq!(
        number("21", &(1..=20)),
        Err("a whole number from 1 to 20".to_owned())
    );
    assert_eq!(
        number("-1", &(0..=20_u8)),
        Err("a whole number from 0 to 20".to_owned())
    );
    assert_eq!(seconds("3.25"), Ok(Duration::from_millis(3_250)));
    assert_eq!(milliseconds("500"), Ok(Duration::from_millis(500)));
    for bad in ["-1", "x", "", "nan", "inf", "1e30"] {
        assert!(seconds(bad).is_err() && milliseconds(bad).is_err(), "{bad}");
    }
    assert_eq!(list(" a, b ,,c,").collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn addresses_are_read_in_every_spelling() {
    let table = [
        ("127.0.0.1", "127.0.0.1:5060"),
        ("0.0.0.0:5070", "0.0.0.0:5070"),
        ("::", "[::]:5060"),
        ("[::1]", "[::1]:5060"),
        ("[::1]:99", "[::1]:99"),
    ];
    for (text, expected) in table {
        assert_eq!(address(text, 5060).unwrap().to_string(), expected);
    }
    for bad in ["", "host", "1.2.3", "127.0.0.1:99999", "[::1", ":5060"] {
        assert!(address(bad, 5060).is_err(), "{bad}");
    }
    let host = |host: &str, port| {
        Ok(HostPort {
            host: host.to_owned(),
            port,
        })
    };
    assert_eq!(host_port("pbx.example:5061"), host("pbx.example", Some(5061)));
    assert_eq!(host_port("pbx.example"), host("pbx.example", None));
    assert_eq!(host_port("[::1]:5"), host("::1", Some(5)));
    assert_eq!(host_port("::1"), host("::1", None));
    for bad in ["", "a b", "a:", "a:0", "[x]", "[::1]5", "a\r\nb", "a/b"] {
        assert!(host_port(bad).is_err(), "{bad}");
    }
}

#[test]
fn networks_hold_their_addresses() {
    let table = [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("10.0.0.0/255.255.0.0", "10.0.9.9", true),
        ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "::1", false),
        ("::/0", "2001:db8::1", true),
        ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false),
        ("2001:db8::/33", "2001:db8:8000::1", false),
    ];
    for (network, address, expected) in table {
        let network: Network = network.parse().unwrap();
        assert_eq!(
            network.contains(address.parse::<IpAddr>().unwrap()),
            expected,
            "{network:?} {address}"
        );
    }
    for bad in [
        "",
        "10.0.0.0/33",
        "10.0.0.0/255.0.255.0",
        "::/129",
        "::/255.0.0.0",
        "x/8",
        "10.0.0.0/",
    ] {
        assert!(bad.parse::<Network>().is_err(), "{bad}");
    }
}

#[test]
fn an_entry_names_itself_when_refused() {
    let (config, _) = parse_text("t.conf", "[a]\nport = many\n");
    let entry = config.entry("a", "PORT").unwrap();
    assert_eq!(
        entry.number(1..=9).unwrap_err().to_string(),
        "t.conf:2: error: 'port' must be a whole number from 1 to 9, not 'many'."
    );
    assert!(entry.boolean().is_err() && entry.address(1).is_err() && entry.network().is_err());
}

#[test]
fn rtp_conf_is_read() {
    let text = "[general]\nrtpstart=20000\nrtpend=20200\nstrictrtp=seqno\nicesupport=yes\nfrob=1\n[ice_host_candidates]\n";
    let (rtp, said) = rtp::load(&parse_text("rtp.conf", text).0);
    assert_eq!(
        (rtp.start, rtp.end, rtp.strict),
        (20_000, 20_200, StrictRtp::SequenceNumbers)
    );
    let lines: Vec<u32> = said.iter().map(|diagnostic| diagnostic.origin.line).collect();
    assert_eq!(lines, [5, 6, 7]);
    let (rtp, said) = rtp::load(&parse_text("rtp.conf", "[general]\nrtpstart=30000\nrtpend=20000\n").0);
    assert_eq!((rtp.start, rtp.end, said.len()), (5_000, 31_000, 1));
    assert!(said[0].is_error());
}

#[test]
fn asterisk_conf_is_read() {
    let text = "[directories](!)\nastetcdir=/x\n[options]\nverbose=3\ndebug=yes\nsystemname=pbx1\nrunuser=root\n[frob]\n";
    let (conf, said) = asterisk_conf::load(&parse_text("asterisk.conf", text).0);
    assert!(!conf.has_directories);
    assert_eq!(conf.directories.etc, "/etc/asterisk");
    assert_eq!(
        (conf.verbose, conf.debug, conf.system_name.as_deref()),
        (3, 1, Some("pbx1"))
    );
    let lines: Vec<u32> = said.iter().map(|diagnostic| diagnostic.origin.line).collect();
    assert_eq!(lines, [7, 8]);
    let (conf, said) = asterisk_conf::load(&parse_text("a", "[directories]\nastrundir => /r\n").0);
    assert_eq!(
        (conf.has_directories, &*conf.directories.run, said.len()),
        (true, "/r", 0)
    );
}

#[test]
fn a_directory_on_disk_is_read() {
    let root = std::env::temp_dir().join(format!("ucx-config-{}", std::process::id()));
    fs::create_dir_all(root.join("d.d/sub.conf")).unwrap();
    fs::write(root.join("a.conf"), "#include d.d/*.conf\n").unwrap();
    fs::write(root.join("d.d/2.conf"), "[two]\n").unwrap();
    fs::write(root.join("d.d/1.conf"), "[one]\n").unwrap();
    fs::write(root.join("d.d/.3.conf"), "[three]\n").unwrap();
    let source = DirSource::new(&root);
    let (config, said) = parse(&source, "a.conf");
    let absolute = source.glob(&format!("{}/d.d/[12].conf", root.display()));
    let missing = source.read("none.conf");
    let directory = source.read("d.d");
    fs::remove_dir_all(&root).unwrap();
    assert_eq!(said, []);
    assert_eq!(config.files(), ["a.conf", "d.d/1.conf", "d.d/2.conf"]);
    assert_eq!(absolute.len(), 2, "{absolute:?}");
    assert_eq!(missing, Err(ReadError::NotFound));
    assert_eq!(
        directory,
        Err(ReadError::Other("it is not a regular file".to_owned()))
    );
}

#[test]
fn a_whole_directory_is_checked() {
    let source = MemorySource::new()
        .with("pjsip.conf", "#include more.conf\n")
        .with(
            "more.conf",
            "[a]\ntype=endpoint\nallow=ulaw\naors=a\n[t]\ntype=transport\nbind=127.0.0.1\n",
        )
        .with("rtp.conf", "[general]\nrtpstart=x\n")
        .with("iax.conf", "[general\n")
        .with("mine.conf", "[b]\n");
    let said: Vec<String> = check_dir(&source).iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "more.conf:1: error: endpoint [a] names the aor 'a', which does not exist.",
            "rtp.conf:2: error: 'rtpstart' must be a whole number from 1024 to 65535, not 'x'.",
            "iax.conf:1: error: a section's name lacks its closing ].",
            "iax.conf: warning: the file is not honoured by this host.",
            "mine.conf: warning: the file is not honoured by this host.",
        ]
    );
    let checker = Checker::default().with("mine.conf", |config| {
        config
            .sections()
            .map(|section| Diagnostic::error(&section.origin, "not mine"))
            .collect()
    });
    let said = checker.check(&source);
    assert_eq!(
        said.last().unwrap().message,
        "the file is not honoured by this host"
    );
    assert!(
        said.iter()
            .any(|diagnostic| diagnostic.to_string() == "mine.conf:1: error: not mine.")
    );
}
