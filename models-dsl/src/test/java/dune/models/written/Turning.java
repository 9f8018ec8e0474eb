package dune.models.written;

/// What positions do to queries and keys.
enum Turning {
  NONE("identity"),
  WHOLE("Rope(K)"),
  SLOW("Rope(K, theta = 500.0)"),
  PART("Rope(K, 2)"),
  NEIGHBOURS("Rope(K, interleaved = true)"),
  PART_NEIGHBOURS("Rope(K, 4, interleaved = true)"),
  LINEAR("Rope(K, scaling = LinearScaling(4.0))"),
  DYNAMIC("Rope(K, scaling = DynamicScaling(2.0, 64))"),
  LLAMA3("Rope(K, scaling = Llama3Scaling(8.0, 1.0, 4.0, 16))"),
  YARN("Rope(K, scaling = YarnScaling(10000.0, 4.0, 16), gain = yarn_gain(4.0, 1.0))"),
  LONG("Rope(K, 4, scaling = LongScaling([1.0, 1.5], [2.0, 3.0], 64))"),
  WRITTEN(
      "turned",
      """
      fn turned(x: [B, T, N, K]) -> [B, T, N, K] {
        require K % 2 == 0, "an odd number of features cannot turn"
        let angle: f32[T, K / 2] = position(T) as f32 * 100.0 ** (-2 * (position(K / 2) as f32) / K)
        let c = cos(angle) as type(x)
        let s = sin(angle) as type(x)
        let a, b = split(x, K / 2, K / 2)
        concat(a * c - b * s, b * c + a * s) as [B, T, N, K]
      }
      """),
  BACKWARDS(
      "unturned",
      """
      fn unturned(x: [B, T, N, K]) -> [B, T, N, K] {
        require K % 2 == 0, "an odd number of features cannot turn"
        let angle: f32[T, K / 2] = position(T) as f32 * 100.0 ** (-2 * (position(K / 2) as f32) / K)
        let c = cos(angle) as type(x)
        let s = sin(angle) as type(x)
        let y = x as [B, T, N, 2, K / 2]
        let a, b = split(y, 1, 1, over 2)
        (y * c + concat(b, -a, over 1) * s) as [B, T, N, K]
      }
      """);

  private final Piece piece;

  Turning(String expression) {
    this(expression, "");
  }

  Turning(String expression, String definition) {
    piece = new Piece(expression, definition);
  }

  Piece piece() {
    return piece;
  }
}
