"""Where a request goes: the immutable route table and what is looked up in it. No I/O."""
