package dune.runtime.chat;

import dune.runtime.generate.Generated.Ending;
import java.util.Optional;

/// How an answer came about.
///
/// @param text all of it
/// @param ending why it ends; empty if someone stopped it
/// @param prompted how many tokens the conversation before it has
/// @param reused how many of them had been read before
/// @param forgotten how many messages were dropped to make room for it
public record Answer(
    String text, Optional<Ending> ending, int prompted, int reused, int forgotten) {}
