package dune.weights;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/// Something outside the program and its input is not as it must be: a file is missing, a disk is
/// full. The message is one line that says what to do.
public final class EnvironmentFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public EnvironmentFailure(String message) {
    super(message);
  }

  private EnvironmentFailure(String message, IOException cause) {
    super(message, cause);
  }

  public static EnvironmentFailure reading(Path file, IOException cause) {
    var advice =
        switch (cause) {
          case NoSuchFileException _ -> "there is no such file; check the path";
          case FileNotFoundException _ -> "there is no such file; check the path";
          case AccessDeniedException _ -> "permission denied; change its permissions or its owner";
          default -> reason(cause) + "; check the file and the disk";
        };
    return new EnvironmentFailure("cannot read " + Quoted.path(file) + ": " + advice, cause);
  }

  public static EnvironmentFailure writing(Path file, IOException cause) {
    var advice =
        switch (cause) {
          case NoSuchFileException _ -> "its folder does not exist; create it";
          case NotDirectoryException _ -> "its folder is a file; choose another place";
          case AccessDeniedException _ -> "permission denied; choose another place";
          default -> reason(cause) + "; free some space or choose another place";
        };
    return new EnvironmentFailure(
        "cannot write " + Quoted.path(file) + ": " + advice + " (nothing was left behind)", cause);
  }

  private static String reason(IOException cause) {
    var reason = cause instanceof FileSystemException failure ? failure.getReason() : null;
    if (reason == null) reason = cause.getMessage();
    if (reason == null) reason = cause.getClass().getSimpleName();
    return Quoted.plain(reason);
  }
}
