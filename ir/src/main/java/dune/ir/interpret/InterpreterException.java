package dune.ir.interpret;

/// What an operation met that it does not define: an index beyond the axis, an `int` beyond 2^53,
/// an input of another type. The message names the operation and its place in the source.
public final class InterpreterException extends RuntimeException {
  private static final long serialVersionUID = 1;

  InterpreterException(String message) {
    super(message);
  }

  InterpreterException(String message, Throwable cause) {
    super(message, cause);
  }
}
