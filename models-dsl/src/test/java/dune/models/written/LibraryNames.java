package dune.models.written;

import dune.models.Shipped;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The names that `import std.{...}` offers.
final class LibraryNames {
  private static final Pattern DEFINITION =
      Pattern.compile("^(?:fn|block|mask) (\\w+)", Pattern.MULTILINE);

  static final Set<String> ALL =
      Shipped.files("std").stream()
          .flatMap(file -> DEFINITION.matcher(file.text()).results())
          .map(match -> match.group(1))
          .collect(Collectors.toUnmodifiableSet());

  private LibraryNames() {}
}
