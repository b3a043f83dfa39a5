"""An upgrade from its first check to its last: `sequencer` reads like the procedure, each phase has a file."""
