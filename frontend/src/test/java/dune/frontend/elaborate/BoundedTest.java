package dune.frontend.elaborate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.SourceText;
import dune.frontend.testkit.Checking;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What would unroll for ever, or into more than memory holds, is reported soon.
final class BoundedTest {
  private static List<String> codes(String text) {
    return assertTimeoutPreemptively(
            Duration.ofSeconds(20),
            () -> Checker.check(SourceText.of("bounded.dune", text), Checking.SOURCES))
        .list()
        .stream()
        .map((Diagnostic diagnostic) -> diagnostic.code().code())
        .distinct()
        .toList();
  }

  /// `count` lines, in which `{i}` is the number of the line and `{j}` that of the next.
  private static String lines(int count, String line) {
    return IntStream.range(0, count)
        .mapToObj(i -> line.replace("{i}", "" + i).replace("{j}", "" + (i + 1)))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  @Test
  void blockThatHoldsItself() {
    assertThat(codes("block A(D: dim) { a: A(D)  b: A(D)  c: [A(D) for i in 0 .. 9] }"))
        .containsExactly("E0110");
  }

  @Test
  void blocksThatHoldOneAnother() {
    assertThat(codes("block A() { b: B()  c: B() }\nblock B() { a: A()  c: A() }"))
        .containsExactly("E0110");
  }

  @Test
  void functionsThatCallOneAnother() {
    assertThat(
            codes(
                """
                fn f(x: [...]) -> [...] { g(g(x)) + g(x) }
                fn g(x: [...]) -> [...] { f(f(x)) + f(x) }
                """))
        .containsExactly("E0110");
  }

  @Test
  void functionOfNumbersThatCallsItself() {
    assertThat(codes("fn f(n: int) -> int { if n == 0 { 0 } else { f(n - 1) + f(n - 2) } }"))
        .containsExactly("E0110");
    // This one ends: the default is not needed where the argument is given.
    assertThat(codes("fn f(n: int = f(1)) -> int { n }\nfn g(x: [D]) -> [D] { x * f() }"))
        .isEmpty();
  }

  @Test
  void blockThatIsItsOwnArgument() {
    assertThat(
            codes(
                """
                block A(inner: [...] -> [...] = A()) {
                  a: inner
                  forward(x: [...]) -> [...] { a(x) }
                }
                """))
        .containsExactly("E0110");
  }

  @Test
  void functionThatIsHandedItself() {
    assertThat(
            codes(
                """
                fn twice(f: [...] -> [...], x: [...]) -> [...] { f(f(x)) }
                fn g(x: [...]) -> [...] { twice(g, x) }
                """))
        .containsExactly("E0110");
  }

  @Test
  void membersThatDouble() {
    String doubling = lines(40, "block A{i}() { a: A{j}()  b: A{j}() }");
    assertThat(codes(doubling + "block A40() { weight: param[4] = ones }"))
        .containsExactly("E0110");
  }

  @Test
  void callsThatDouble() {
    String doubling = lines(40, "fn g{i}(x: [...]) -> [...] { g{j}(g{j}(x)) }");
    assertThat(codes(doubling + "fn g40(x: [...]) -> [...] { x + 1 }")).containsExactly("E0110");
  }

  @Test
  void longRanges() {
    assertThat(
            codes("fn f(x: [D]) -> [D] { var y = x  for i in 0 .. 1000000000 { y = y + i }  y }"))
        .containsExactly("E0210");
    assertThat(codes("fn f() -> int { let a = [i for i in 0 .. 10 ** 15]  a[3] }"))
        .containsExactly("E0210");
    assertThat(codes("fn f() -> int { let a = [i for i in -2 ** 62 .. 2 ** 62]  a[3] }"))
        .hasSize(1);
  }

  @Test
  void nestedRanges() {
    assertThat(
            codes(
                """
                fn f(x: [D]) -> [D] {
                  var y = 0
                  for i in 0 .. 90000 { for j in 0 .. 90000 { y = j } }
                  x + y
                }
                """))
        .containsExactly("E0110");
    assertThat(codes("fn f() -> int { let a = [[j for j in 0 .. 90000] for i in 0 .. 90000]  3 }"))
        .contains("E0110");
  }

  @Test
  void textsThatDouble() {
    String doubling = lines(40, "  let a{j} = \"{a{i}}{a{i}}\"");
    assertThat(codes("fn f() -> text {\n  let a0 = \"ha\"\n" + doubling + "  a40\n}"))
        .containsExactly("E0212");
  }

  @Test
  void listsThatDouble() {
    String doubling = lines(40, "  let a{j} = [a{i}, a{i}]");
    String body = "  let a0 = [1]\n" + doubling;
    assertThat(codes("fn g() -> json {\n" + body + "  a40\n}\nfn f() -> json { g() }")).hasSize(1);
  }

  @Test
  void dimensionsThatGrow() {
    String squares = lines(40, "  let a{j} = a{i} * a{i}");
    assertThat(
            codes(
                "fn f(D: dim, E: dim, F: dim) -> dim {\n  let a0 = D + E + F\n"
                    + squares
                    + "  a40\n}"))
        .containsExactly("E0212");
    assertThat(codes("fn f(D: dim) -> dim {\n  let a0 = D\n" + squares + "  a40\n}")).hasSize(1);
    assertThat(codes("fn f(D: dim, E: dim, F: dim) -> dim { (D + E + F) ** 16 ** 16 }")).hasSize(1);
    String quotients = lines(40, "  let a{j} = (a{i} + D) / (a{i} + E)");
    assertThat(codes("fn f(D: dim, E: dim) -> dim {\n  let a0 = D\n" + quotients + "  a40\n}"))
        .containsExactly("E0212");
  }

  @Test
  void deepExpressionsInDeepCalls() {
    String deep = "-(".repeat(60) + "f(x)" + ")".repeat(60);
    assertThat(codes("fn f(x: [...]) -> [...] { " + deep + " }")).containsExactly("E0110");
    String sum = IntStream.range(0, 250).mapToObj(i -> "1 + ").collect(Collectors.joining());
    assertThat(codes("fn f(x: [...]) -> [...] { " + sum + "f(x) }")).containsExactly("E0110");
    assertThat(codes("fn f(x: [...]) -> [...] { f(x)" + " + 1".repeat(250) + " }"))
        .containsExactly("E0110");
  }
}
