package dune.runtime.data;

import java.nio.file.Path;

/// An entry and where it stands.
///
/// @param line counted from 1
record Numbered(Path file, int line, Entry entry) {}
