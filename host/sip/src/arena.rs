//! A bounded table whose keys are small, `Copy` and never name a later tenant of the same slot.

/// Names one entry of an [`Arena`]; a key of a removed entry finds nothing, even after its slot is used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    index: u32,
    generation: u32,
}

#[derive(Debug)]
pub(crate) struct Arena<T> {
    slots: Vec<Option<(u32, T)>>,
    free: Vec<u32>,
    next_generation: u32,
    max: usize,
}

impl<T> Arena<T> {
    /// Makes a table for at most `max` entries.
    pub(crate) fn new(max: usize) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            next_generation: 1,
            max,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(crate) fn has_room(&self) -> bool {
        self.len() < self.max
    }

    /// Puts a value in, or hands it back when the table is full.
    pub(crate) fn insert(&mut self, value: T) -> Result<Key, T> {
        if !self.has_room() {
            return Err(value);
        }
        let generation = self.next_generation;
        self.next_generation = self.next_generation.wrapping_add(1);
        let index = match self.free.pop() {
            Some(index) => {
                self.slots[index as usize] = Some((generation, value));
                index
            }
            None => {
                self.slots.push(Some((generation, value)));
                (self.slots.len() - 1) as u32
            }
        };
        Ok(Key { index, generation })
    }

    /// Names the next entry before it exists; `fill` puts it in, and until then nothing else may be inserted.
    pub(crate) fn reserve(&self) -> Option<Key> {
        let index = self.free.last().copied().unwrap_or(self.slots.len() as u32);
        self.has_room().then_some(Key {
            index,
            generation: self.next_generation,
        })
    }

    /// Puts in the entry that `reserve` named.
    pub(crate) fn fill(&mut self, reserved: Key, value: T) {
        let filled = self.insert(value);
        debug_assert!(
            filled.is_ok_and(|key| key == reserved),
            "nothing was inserted since the reservation"
        );
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        match self.slots.get(key.index as usize) {
            Some(Some((generation, value))) if *generation == key.generation => Some(value),
            Some(_) | None => None,
        }
    }

    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        match self.slots.get_mut(key.index as usize) {
            Some(Some((generation, value))) if *generation == key.generation => Some(value),
            Some(_) | None => None,
        }
    }

    /// Takes an entry out; an empty table gives its memory back.
    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        self.get(key)?;
        let (_, value) = self.slots[key.index as usize].take()?;
        self.free.push(key.index);
        if self.free.len() == self.slots.len() {
            self.slots = Vec::new();
            self.free = Vec::new();
        }
        Some(value)
    }

    /// Keys of all entries, in slot order.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let taken = self.slots.iter().enumerate();
        taken
            .filter_map(|(index, slot)| {
                slot.as_ref().map(|(generation, _)| Key {
                    index: index as u32,
                    generation: *generation,
                })
            })
            .collect()
    }
}

impl Key {
    /// A number for logs and maps outside; unique for the life of the table.
    pub(crate) fn number(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_finds_the_next_tenant_of_its_slot() {
        let mut arena = Arena::new(2);
        let first = arena.insert("first").expect("room");
        assert_eq!(arena.remove(first), Some("first"));
        let second = arena.insert("second").expect("room");
        assert_eq!(first.index, second.index);
        assert_eq!(arena.get(first), None);
        assert_eq!(arena.remove(first), None);
        assert_eq!(arena.get(second), Some(&"second"));
        assert_ne!(first.number(), second.number());
    }

    #[test]
    fn a_full_table_hands_the_value_back() {
        let mut arena = Arena::new(1);
        let key = arena.insert(1).expect("room");
        assert_eq!(arena.insert(2), Err(2));
        assert_eq!(arena.keys(), vec![key]);
        arena.remove(key);
        assert_eq!(arena.len(), 0);
        assert!(arena.insert(3).is_ok());
    }
}
