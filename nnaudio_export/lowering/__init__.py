"""How a chain of blocks becomes a faster equal one."""
