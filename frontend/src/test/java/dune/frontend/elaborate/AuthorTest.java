package dune.frontend.elaborate;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.ErrorCode;
import dune.frontend.testkit.Checking;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What authors of real architectures wrote, and were in the right.
final class AuthorTest {
  private static List<ErrorCode> check(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return Checking.check("author.dune", bytes).list().stream().map(Diagnostic::code).toList();
  }

  private static List<ErrorCode> elaborate(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return Checking.elaborate("author.dune", bytes, "{}").list().stream()
        .map(Diagnostic::code)
        .toList();
  }

  /// A parameter may stand for something with two results.
  @Test
  void aSignatureMayGiveTwoTensors() {
    String block =
        """
        import std.{GatedMlp, Linear}
        block Moe(D: dim, E: dim, k: dim, router: [..., D] -> (f32[..., k], int[..., k])) {
          gate: router
          experts: [GatedMlp(D, D) for e in 0 .. E]
          forward(x: [..., D]) -> [..., D] {
            let share, e = gate(x)
            dot(share as type(x), experts[e](x), over k)
          }
        }
        """;
    String router =
        """
        block Best(D: dim, E: dim, k: dim) {
          to: Linear(D, E)
          forward(x: [..., D]) -> (f32[..., k], int[..., k]) {
            let s, e = top(to(x) as f32, k, over E)
            (s, e)
          }
        }
        block Layer() {
          moe: Moe(8, 4, 2, Best(8, 4, 2))
          forward(x: [B, T, 8]) -> [B, T, 8] { moe(x) }
        }
        """;
    assertThat(check(block + router)).isEmpty();
    String one =
        """
        block Layer() {
          moe: Moe(8, 4, 2, Linear(8, 2))
          forward(x: [B, T, 8]) -> [B, T, 8] { moe(x) }
        }
        """;
    assertThat(check(block + one)).isNotEmpty();
  }

  /// Its axes are then called as its owner's caller calls them.
  @Test
  void aWeightOfAMemberIsReadInTheNamesOfTheReader() {
    String text =
        """
        import std.{Linear}
        block Absorbed(D: dim, H: dim, N: dim, C: dim) {
          up: Linear(C, H * N)
          forward(q: [B, T, H, N], latent: [B, S, C]) -> [B, T, H, S] {
            dot(dot(q, up.weight as [H, N, C], over N), latent, over C)
          }
        }
        """;
    assertThat(check(text)).isEmpty();
  }

  /// Sizes that are plain numbers, even equal ones, keep the names that the block gave them.
  @Test
  void axesKeepTheirNamesWhereSizesAreNumbers() {
    String text =
        """
        import std.{Linear}
        block Share(D: dim, E: dim) {
          to: Linear(D, E)
          forward(x: [..., D]) -> [...] { max(to(x), over E) }
        }
        block Through(D: dim, inner: [..., D] -> [...]) {
          part: inner
          forward(x: [..., D]) -> [...] { part(x) }
        }
        block Layer() {
          one: Share(8, 4)
          two: Share(8, 8)
          three: Through(8, Share(8, 8))
          forward(x: [B, T, 8]) -> [B, T] { one(x) + two(x) + three(x) }
        }
        """;
    assertThat(check(text)).isEmpty();
  }

  private static String named(String rule) {
    return """
    import std.{Embedding, LayerNorm, Linear, identity}
    model Optional(V: dim = 8, D: dim = 4, normed: bool = false) {
      embed: Embedding(V, D)
      norm: if normed { LayerNorm(D, 1e-5) } else { identity }
      head: Linear(D, V)
      forward(tokens: int[B, T]) -> [B, T, V] { head(norm(embed(tokens))) }
      checkpoint "OptionalForCausalLM" {
        config { normed = .normed ?? false }
        weights {
          %s = "final_layernorm"
          * = "{*}"
        }
      }
    }
    """
        .formatted(rule);
  }

  /// A line for weights that only other settings have is in its place; a misspelled one is not.
  @Test
  void aRuleMayWaitForAnotherSetting() {
    assertThat(elaborate(named("norm"))).isEmpty();
    assertThat(elaborate(named("nrom"))).containsExactly(ErrorCode.RULE_MATCHES_NOTHING);
  }
}
