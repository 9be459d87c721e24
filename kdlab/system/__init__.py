"""The machine beneath: files, folders, locks, who holds them, and what the machine is."""
