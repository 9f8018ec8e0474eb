package dune.backend.torch.emit;

import static org.assertj.core.api.Assertions.assertThat;

import dune.backend.torch.TorchBackend;
import dune.ir.Contraction;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Program;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// How archives observe themselves, as text.
final class ProbeTextTest {
  private static Program program() {
    var s = new SampleBuilder("any");
    Value x = s.input(Elem.BOOL, "B T 4");
    Value any = s.emit(new Contraction.Reduce(ReduceKind.ANY, x, List.of(1, 2)));
    return s.output(s.emit(new Elementwise.Unary(UnaryKind.NOT, any))).program();
  }

  private static String code(Probe probe) {
    return TorchBackend.emit(program(), probe).emitted().archive().code();
  }

  @Test
  void nothingIsNotedUnlessWanted() {
    assertThat(code(Probe.NONE))
        .isEqualTo(TorchBackend.emit(program()).archive().code())
        .doesNotContain("append");
  }

  @Test
  void clocksStandBehindEachNode() {
    assertThat(code(Probe.CLOCK).split("ops.prim.TimePoint\\(\\)", -1)).hasSize(1 + 3);
    assertThat(TorchBackend.emit(program(), Probe.CLOCK).places().get("forward"))
        .extracting(place -> place.origin().place())
        .containsExactly("any.dune:1", "any.dune:2");
  }

  @Test
  void callsWithinCallsAreNotedToo() {
    assertThat(code(Probe.TENSORS))
        .contains("part = torch.any(x0, 2)", "= torch.any(part, 1)")
        .contains("-> Tuple[Tensor, List[Tensor], Tensor]");
    assertThat(TorchBackend.emit(program(), Probe.TENSORS).places().get("forward"))
        .extracting(Place::call)
        .containsExactly("torch.any", "torch.any", "torch.logical_not");
  }

  @Test
  void helpersNoteAtThePlaceOfTheirCaller() {
    String helper =
        """
          def f(self: C, q: Tensor) -> Tensor:
            if torch.size(q, 0) == 1:
              return torch.neg(torch.abs(q))
            return q
        """;
    assertThat(ProbedHelper.of(helper))
        .isEqualTo(
            """
              def f(self: C, q: Tensor, tensors: List[Tensor], notes: List[int], place: int) -> Tensor:
                if torch.size(q, 0) == 1:
                  own_part = torch.abs(q)
                  own_noted = torch.append(tensors, own_part)
                  own_noted_1 = torch.append(notes, place)
                  own_result = torch.neg(own_part)
                  own_noted_2 = torch.append(tensors, own_result)
                  own_noted_3 = torch.append(notes, place)
                  return own_result
                own_result_1 = q
                return own_result_1
            """);
  }

  @Test
  void nestedCallsAreTakenOutFromTheInside() {
    var taken = new ArrayList<String>();
    var nesting =
        new Nesting(
            call -> {
              taken.add(call);
              return "p" + taken.size();
            });
    assertThat(nesting.flatten("torch.mul(torch.silu(torch.neg(x)), (torch.abs(y)))"))
        .isEqualTo("torch.mul(p2, (p3))");
    assertThat(taken).containsExactly("torch.neg(x)", "torch.silu(p1)", "torch.abs(y)");
    taken.clear();
    assertThat(nesting.flatten("torch.reshape((self).helper(torch.neg(x), 1), [1])"))
        .isEqualTo("torch.reshape(p2, [1])");
    assertThat(taken).containsExactly("torch.neg(x)", "(self).helper(p1, 1)");
    taken.clear();
    assertThat(nesting.flatten("annotate(List[int], torch.bincount(x).tolist())"))
        .isEqualTo("annotate(List[int], p1.tolist())");
  }
}
