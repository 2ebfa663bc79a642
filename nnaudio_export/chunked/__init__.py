"""What blocks become when a chain is made to stream: forms that take chunks and keep a state."""
