package dune.runtime.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Templates are strangers' programs: they end, stay small, reach nothing, and are told where they
/// are wrong.
final class HostileTemplateTest {
  private static final ZonedDateTime NOW = ZonedDateTime.of(2026, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  private static String render(String template) {
    Map<String, Value> values = Map.of("messages", Value.list(List.of(Value.of("a"))));
    return Template.parse(template).render(values, NOW);
  }

  private static void refused(int line, String message, String template) {
    assertThatExceptionOfType(TemplateFailure.class)
        .isThrownBy(() -> render(template))
        .withMessage(message)
        .satisfies(failure -> assertThat(failure.line()).isEqualTo(line));
  }

  @Test
  void failuresKnowTheirLine() {
    refused(3, "`user` is undefined", "a\n\n{{ user.name }}\n");
    refused(2, "no", "{% if true %}\n{{ raise_exception('no') }}{% endif %}");
    refused(2, "`:` is expected, not `}`", "\n{{ {'a'} }}");
    refused(4, "`+` does not take text and a number", "{{ f(\n1,\n2) if x else\n 'a' + 1 }}");
    refused(1, "this `{{` is not closed by `}}`", "{{ a\n\n\n");
    refused(2, "this `if` is not closed by `endif`", "\n{% if a %}\n\n");
    refused(1, "`?` means nothing here", "{{ a ? b : c }}");
    refused(1, "there is no filter `system`", "{{ 'rm' | system }}");
    refused(
        2,
        "only a namespace has fields to set, and `a` is none",
        "{% set a = {} %}\n{% set a.b = 1 %}");
  }

  @Test
  void filesCannotBeRead() {
    for (String tag :
        List.of("include 'x'", "import 'x' as y", "from 'x' import y", "extends 'x'", "block x")) {
      assertThatExceptionOfType(TemplateFailure.class)
          .isThrownBy(() -> render("{% " + tag + " %}"))
          .withMessageContaining("a chat template is only one");
    }
  }

  @Test
  void objectsHaveNoInside() {
    for (String path :
        List.of(
            "''.getClass()",
            "messages.getClass().forName('java.lang.Runtime')",
            "''.class.x",
            "''['__class__']['__mro__']",
            "range.__globals__.x",
            "namespace().__init__.x",
            "''.format.__self__.x",
            "raise_exception.body.x",
            "messages.values.x",
            "'{0.__class__}'.format('')",
            "'%(a)s' % {'a': 1}")) {
      assertThatExceptionOfType(TemplateFailure.class)
          .as(path)
          .isThrownBy(() -> render("{{ " + path + " }}"));
    }
  }

  /// A copy of the text in every round would take 10^11 steps.
  @Test
  @Timeout(20)
  void longTextsAreGoneThroughOnce() {
    String counted = "{% for c in 'x' * 300000 %}{% if loop.last %}{{ loop.index }}{% endif %}";
    assertThat(render(counted + "{% endfor %}")).isEqualTo("300000");
  }

  @Test
  void everythingEnds() {
    String end = "the template does not come to an end";
    String loops = "{% for i in range(99999) %}".repeat(3) + "{% endfor %}".repeat(3);
    refused(1, end, loops);
    refused(
        1,
        "macros and loops are nested too deeply",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}");
    refused(
        1,
        "macros and loops are nested too deeply",
        "{% set ns = namespace() %}{% macro f(x) %}{% for i in [1] %}{{ ns.f(x ~ 'a') }}{% endfor"
            + " %}{% endmacro %}{% set ns.f = f %}{{ f('') }}");
  }

  @Test
  void nothingGrowsWithoutBound() {
    String doubling =
        "{% set ns = namespace(x='ab') %}{% for i in range(64) %}{% set ns.x = ns.x + ns.x %}{%"
            + " endfor %}";
    for (String template :
        List.of(
            doubling,
            doubling.replace("ns.x + ns.x", "ns.x ~ ns.x"),
            doubling.replace("ns.x + ns.x", "ns.x * 9"),
            doubling.replace("ns.x + ns.x", "[ns.x, ns.x] | join"),
            doubling.replace("ns.x + ns.x", "ns.x | replace('a', ns.x)"),
            doubling.replace("ns.x + ns.x", "'%s%s' % (ns.x, ns.x)"),
            doubling.replace("'ab'", "[1]"),
            "{{ 'a' * 999999999999 }}",
            "{{ [1] * 999999999999 }}",
            "{{ 'a' | center(2000000000) }}",
            "{{ 'a'.zfill(2000000000) }}",
            "{{ '%999999999d' % 1 }}",
            "{{ 2 ** 999999999 }}",
            "{{ 9223372036854775807 + 1 }}",
            "{{ 99999999999999999999 }}",
            "{{ range(10 ** 9) }}")) {
      assertThatExceptionOfType(TemplateFailure.class)
          .as(template)
          .isThrownBy(() -> render(template));
    }
  }

  @Test
  void deepNestingIsRefused() {
    for (String deep :
        List.of(
            "{{ " + "(".repeat(5000) + "1" + ")".repeat(5000) + " }}",
            "{{ " + "[".repeat(5000) + "]".repeat(5000) + " }}",
            "{{ " + "not ".repeat(5000) + "1 }}",
            "{{ " + "-".repeat(5000) + "1 }}",
            "{% if a %}".repeat(5000),
            "{% if a %}" + "{% elif b %}".repeat(5000) + "{% endif %}",
            "{{ " + "a if b else ".repeat(5000) + "c }}")) {
      assertThatExceptionOfType(TemplateFailure.class)
          .as(deep.substring(0, 20))
          .isThrownBy(() -> render(deep))
          .withMessageContaining("levels deep");
    }
  }

  @Test
  void longChainsAreNoDepth() {
    assertThat(render("{{ 1" + " + 1".repeat(200) + " }}")).isEqualTo("201");
    assertThat(render("{{ 'a'" + " ~ 'b'".repeat(5000) + " }}")).hasSize(5001);
  }

  /// Damaged templates fail as templates do, never in another way.
  @Test
  void damagedTemplates() throws java.io.IOException {
    var random = new Random(7);
    String alphabet = "{}%#-+|()[]'\"\\.,:=~ \n\u00e91aif";
    for (String shape : List.of("llama31", "mistral", "qwen3", "gemma3", "vicuna")) {
      String template = JinjaGoldenTest.resource(shape + ".jinja");
      for (int i = 0; i < 400; i++) {
        var damaged = new StringBuilder(template);
        for (int change = random.nextInt(3); change >= 0; change--) {
          int at = random.nextInt(damaged.length());
          char c = alphabet.charAt(random.nextInt(alphabet.length()));
          switch (random.nextInt(3)) {
            case 0 -> damaged.setCharAt(at, c);
            case 1 -> damaged.insert(at, c);
            default -> damaged.delete(at, Math.min(damaged.length(), at + 1 + random.nextInt(9)));
          }
        }
        var values =
            JinjaGoldenTest.values(List.of(Map.of("role", "user", "content", "Hello")), true);
        try {
          assertThat(Template.parse(damaged.toString()).render(values, NOW)).isNotNull();
        } catch (TemplateFailure failure) {
          assertThat(failure.line()).isPositive();
        }
      }
    }
  }
}
