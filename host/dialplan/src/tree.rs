//! The patterns of one context as a tree whose walk meets the matching ones in the field's order.

use crate::pattern::Element;
use std::ops::ControlFlow;

/// The slots of extensions in one context that share a pattern.
pub(crate) type Slots = [u32];

#[derive(Clone, Debug)]
pub(crate) struct PatternTree {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// Sorted, so the more specific is met first.
    children: Vec<(Element, u32)>,
    slots: Vec<u32>,
}

const ROOT: u32 = 0;

impl Default for PatternTree {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }
}

/// Sees every matching list of slots until it breaks off.
pub(crate) type Visit<'v> = dyn FnMut(&Slots) -> ControlFlow<()> + 'v;

impl PatternTree {
    /// The slots of `elements`, which are created where they are missing.
    pub(crate) fn slots_mut(&mut self, elements: &[Element]) -> &mut Vec<u32> {
        let mut at = ROOT;
        for element in elements {
            let next = self.nodes.len() as u32;
            let children = &mut self.nodes[at as usize].children;
            at = match children.binary_search_by(|(own, _)| own.cmp(element)) {
                Ok(place) => children[place].1,
                Err(place) => {
                    children.insert(place, (*element, next));
                    self.nodes.push(Node::default());
                    next
                }
            };
        }
        &mut self.nodes[at as usize].slots
    }

    /// The slots of `elements`.
    pub(crate) fn slots(&self, elements: &[Element]) -> &Slots {
        let mut at = ROOT;
        for element in elements {
            let children = &self.nodes[at as usize].children;
            match children.binary_search_by(|(own, _)| own.cmp(element)) {
                Ok(place) => at = children[place].1,
                Err(_) => return &[],
            }
        }
        &self.nodes[at as usize].slots
    }

    /// Visits what matches `text` as it is, the most specific first.
    pub(crate) fn matching(&self, text: &[u8], visit: &mut Visit<'_>) -> ControlFlow<()> {
        self.matching_below(ROOT, text, visit)
    }

    fn matching_below(&self, at: u32, text: &[u8], visit: &mut Visit<'_>) -> ControlFlow<()> {
        let node = &self.nodes[at as usize];
        let Some((&byte, tail)) = text.split_first() else {
            self.visit_slots(at, visit)?;
            return match node.children.last() {
                Some((Element::Any, child)) => self.visit_slots(*child, visit),
                Some(_) | None => ControlFlow::Continue(()),
            };
        };
        for (element, child) in &node.children {
            match element {
                Element::Rest | Element::Any => self.visit_slots(*child, visit)?,
                Element::Byte(_) | Element::Set(_) if element.accepts(byte) => {
                    self.matching_below(*child, tail, visit)?;
                }
                Element::Byte(_) | Element::Set(_) => {}
            }
        }
        ControlFlow::Continue(())
    }

    /// Visits what a text longer than `text` would match and `!` has not decided already.
    pub(crate) fn longer(&self, text: &[u8], visit: &mut Visit<'_>) -> ControlFlow<()> {
        self.longer_below(ROOT, text, visit)
    }

    fn longer_below(&self, at: u32, text: &[u8], visit: &mut Visit<'_>) -> ControlFlow<()> {
        for (element, child) in &self.nodes[at as usize].children {
            match (element, text.split_first()) {
                (Element::Any, _) => {}
                (Element::Rest, _) => self.visit_slots(*child, visit)?,
                (Element::Byte(_) | Element::Set(_), None) => self.in_order_below(*child, visit)?,
                (Element::Byte(_) | Element::Set(_), Some((&byte, tail))) if element.accepts(byte) => {
                    self.longer_below(*child, tail, visit)?;
                }
                (Element::Byte(_) | Element::Set(_), Some(_)) => {}
            }
        }
        ControlFlow::Continue(())
    }

    /// Visits all, the most specific first.
    pub(crate) fn in_order(&self, visit: &mut Visit<'_>) -> ControlFlow<()> {
        self.in_order_below(ROOT, visit)
    }

    fn in_order_below(&self, at: u32, visit: &mut Visit<'_>) -> ControlFlow<()> {
        self.visit_slots(at, visit)?;
        self.nodes[at as usize]
            .children
            .iter()
            .try_for_each(|(_, child)| self.in_order_below(*child, visit))
    }

    fn visit_slots(&self, at: u32, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let slots = &self.nodes[at as usize].slots;
        if slots.is_empty() {
            ControlFlow::Continue(())
        } else {
            visit(slots)
        }
    }
}
