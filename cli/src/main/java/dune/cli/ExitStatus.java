package dune.cli;

/// How a command can end.
enum ExitStatus {
  OK(0),
  /// The user's program or input has mistakes; they were printed.
  MISTAKES(1),
  /// The command line, or something around us: a file, a device, memory.
  SURROUNDINGS(2),
  /// We have a bug.
  BUG(70);

  private final int code;

  ExitStatus(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
