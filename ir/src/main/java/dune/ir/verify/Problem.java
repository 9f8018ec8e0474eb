package dune.ir.verify;

/// Something that a program must not be.
///
/// @param where the function, or the declaration
/// @param text the operation as it is printed, or empty
/// @param message what is wrong with it
public record Problem(String where, String text, String message) {
  @Override
  public String toString() {
    return where + ": " + message + (text.isEmpty() ? "" : "\n    " + text);
  }
}
