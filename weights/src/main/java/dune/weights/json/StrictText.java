package dune.weights.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import dune.weights.Quoted;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/// What reading JSON of strangers needs beside the parser.
public final class StrictText {
  private StrictText() {}

  /// Where UTF-8 is violated. The parser lets some of it pass (surrogates, overlong forms).
  public static OptionalInt firstBadByte(byte[] bytes) {
    var decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    var in = ByteBuffer.wrap(bytes);
    var out = CharBuffer.allocate(8192);
    while (true) {
      var result = decoder.decode(in, out, true);
      if (result.isError()) return OptionalInt.of(in.position());
      if (result.isUnderflow()) return OptionalInt.empty();
      out.clear();
    }
  }

  /// For the parser, which would guess the encoding if it were given bytes.
  public static Reader reader(byte[] bytes) {
    return new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8);
  }

  /// One line out of what the parser says.
  public static String reason(IOException failure) {
    var message =
        failure instanceof JsonProcessingException json
            ? json.getOriginalMessage()
            : failure.getMessage();
    if (message == null) return failure.getClass().getSimpleName();
    return Quoted.plain(message.lines().findFirst().orElse(message));
  }
}
