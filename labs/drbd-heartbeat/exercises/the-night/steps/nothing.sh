# Nothing is done to the node.
true
