//! `CONNECTEDLINE`: with whom the channel is told that it is connected.

use super::callerid::{part, with_part, word};
use ucx_dialplan::Arguments;
use ucx_pbx::FunctionContext;

function!(ConnectedLine, "CONNECTEDLINE", read read, write write;
    synopsis: "Reads or changes with whom the channel is told that it is connected.",
    syntax: "CONNECTEDLINE(datatype[,i])",
    arguments: &[
        ("datatype", "all, num, name, pres, num-pres, name-pres; only read: num-valid, name-valid, and the always empty tag and subaddr."),
        ("i", "Accepted; the far end is told in any case."),
    ],
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let channel = context.channel().ok_or("CONNECTEDLINE needs a channel")?;
    let name = word(Arguments::split(args).text(0));
    part(&channel.connected, &name).ok_or_else(|| format!("CONNECTEDLINE knows no {name:?}"))
}

fn write(context: &mut FunctionContext<'_>, args: &str, value: &str) -> Result<(), String> {
    let channel = context.channel().ok_or("CONNECTEDLINE needs a channel")?;
    let name = word(Arguments::split(args).text(0));
    let party = with_part(channel.connected.clone(), &name, value.trim())?;
    context.set_connected(party.ok_or_else(|| format!("CONNECTEDLINE({name}) cannot be changed"))?)
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn parts_of_the_other_party_are_changed_and_read() {
        let plan = "[main]\nexten => 100,1,Set(CONNECTEDLINE(all)=\"Bob\" <7>)\n same => n,NoOp(${CONNECTEDLINE(all)})\n same => n,Set(CONNECTEDLINE(num,i)=8)\n same => n,Set(CONNECTEDLINE(colour)=red)\n same => n,NoOp(${CONNECTEDLINE(name)} ${CONNECTEDLINE(num)} [${CONNECTEDLINE(colour)}])\n";
        assert_eq!(notes(plan), ["\"Bob\" <7>", "Bob 8 []"]);
    }
}
