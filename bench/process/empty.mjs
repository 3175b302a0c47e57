// What a node process costs that does nothing.
