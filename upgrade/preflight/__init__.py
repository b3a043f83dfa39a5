"""What must hold before an upgrade. One file per check: a pure function from facts to an answer."""
