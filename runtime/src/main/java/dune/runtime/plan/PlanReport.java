package dune.runtime.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dune.ir.Type;
import dune.passes.plan.Budget;
import dune.passes.plan.Buffer;
import dune.passes.plan.Footprint;
import dune.passes.plan.Footprint.Call;
import dune.passes.plan.Footprint.Demand;
import dune.passes.plan.MemoryPlan;
import dune.passes.plan.MemoryPlan.Placed;
import dune.weights.Amount;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// A footprint at one demand, and what of it fits into a budget.
///
/// @param calls reading a prompt, and writing a token if that is another call
/// @param fit if a budget is given
public record PlanReport(Footprint footprint, Demand demand, List<Call> calls, Optional<Fit> fit) {
  private static final int SHOWN = 10;

  public PlanReport {
    calls = List.copyOf(calls);
  }

  /// What of the model fits into some bytes.
  ///
  /// @param context the largest for the rows of the demand; empty if not even one step fits
  /// @param rows the most at the context of the demand; empty if not even one fits
  /// @param shortage how many bytes are missing for one step; not positive if it fits
  public record Fit(long bytes, OptionalLong context, OptionalLong rows, long shortage) {
    public static Fit of(Budget budget, long bytes, Demand demand) {
      return new Fit(
          bytes, budget.largestContext(demand), budget.mostRows(demand), budget.shortage(demand));
    }
  }

  public static PlanReport of(Footprint footprint, Demand demand, Optional<Fit> fit) {
    return new PlanReport(footprint, demand, footprint.calls(demand), fit);
  }

  /// Whether something fits into the budget, if there is one.
  public boolean fits() {
    return fit.stream().allMatch(found -> found.context().isPresent());
  }

  /// The call that needs most.
  public Call reading() {
    return calls.getFirst();
  }

  private Call writing() {
    return calls.getLast();
  }

  private long arena() {
    return Footprint.arena(calls);
  }

  private long total() {
    return footprint.program().weightBytes()
        + footprint.tables(demand)
        + footprint.state(demand)
        + arena();
  }

  // Text.

  /// @param allocations whether to list what a step of writing needs
  public String text(boolean allocations) {
    var text = new StringBuilder();
    line(
        text,
        "%s: %s of %d steps, read %d at a time",
        footprint.program().name(),
        demand.rows() == 1 ? "one row" : demand.rows() + " rows",
        demand.context(),
        reading().steps());
    line(text, "");
    line(text, "weights  %13s", Amount.ofBytes(footprint.program().weightBytes()));
    if (footprint.tables(demand) > 0) {
      line(
          text,
          "tables   %13s  %s bytes",
          Amount.ofBytes(footprint.tables(demand)),
          footprint.tables());
    }
    line(
        text,
        "cache    %13s  %s bytes",
        Amount.ofBytes(footprint.state(demand)),
        footprint.state());
    line(text, "arena    %13s  %s bytes when most is needed", Amount.ofBytes(arena()), peak());
    line(text, "total    %13s", Amount.ofBytes(total()));
    line(text, "");
    line(text, "B rows, T steps of a call, S steps so far, C steps of the context");
    fit.ifPresent(found -> fit(text, found));
    largest(text);
    if (allocations) allocations(text);
    return text.toString();
  }

  private String peak() {
    return reading().plan().peak().toString();
  }

  private void fit(StringBuilder text, Fit found) {
    line(text, "");
    String budget = Amount.ofBytes(found.bytes());
    if (found.context().isEmpty()) {
      line(
          text,
          "%s are too little by %s even for a context of one step; take a smaller type with"
              + " --dtype",
          budget,
          Amount.ofBytes(found.shortage()));
      return;
    }
    long context = found.context().getAsLong();
    line(
        text,
        "%s hold %s of %s, %s",
        budget,
        demand.rows() == 1 ? "one row" : demand.rows() + " rows",
        context == Budget.ANY ? "any length" : context + " steps",
        found.rows().isPresent()
            ? "or %d rows of %d steps".formatted(found.rows().getAsLong(), demand.context())
            : "and no row of %d steps: %s are missing"
                .formatted(
                    demand.context(),
                    Amount.ofBytes(footprint.total(demand.withRows(1)) - found.bytes())));
  }

  private void largest(StringBuilder text) {
    MemoryPlan plan = reading().plan();
    line(text, "");
    line(text, "When most is needed, these are the largest:");
    plan.largest().stream().limit(SHOWN).forEach(each -> buffer(text, each));
  }

  private static void buffer(StringBuilder text, Placed placed) {
    Buffer buffer = placed.buffer();
    line(
        text,
        "%14s  %-22s %-28s %-26s %s",
        Amount.ofBytes(placed.bytes()),
        buffer.what(),
        buffer.origin().place(),
        buffer.type().map(Type::toString).orElse("inside"),
        buffer.bytes());
  }

  private void allocations(StringBuilder text) {
    line(text, "");
    line(text, "A step of writing needs, one after the other:");
    for (Placed each : writing().plan().placed()) {
      buffer(text, each);
      if (grows(each)) line(text, "%14s  ^ grows with the context", "");
    }
  }

  private static boolean grows(Placed placed) {
    return placed.buffer().bytes().names().contains("S");
  }

  private static void line(StringBuilder text, String form, Object... values) {
    text.append(String.format(Locale.ROOT, form, values).stripTrailing()).append('\n');
  }

  // JSON.

  /// Sizes are exact, in bytes.
  public String json(boolean allocations) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("model", footprint.program().name());
    root.put("rows", demand.rows()).put("context", demand.context());
    root.put("chunk", reading().steps());
    root.put("weights", footprint.program().weightBytes());
    root.put("tables", footprint.tables(demand));
    root.putObject("cache")
        .put("bytes", footprint.state(demand))
        .put("formula", footprint.state().toString());
    root.putObject("arena").put("bytes", arena()).put("formula", peak());
    root.put("total", total());
    fit.ifPresent(
        found -> {
          ObjectNode node = root.putObject("fit").put("budget", found.bytes());
          if (found.shortage() > 0) node.put("shortage", found.shortage());
          found.context().ifPresent(context -> node.put("context", context));
          found.rows().ifPresent(rows -> node.put("rows", rows));
        });
    ArrayNode largest = root.putArray("largest");
    reading().plan().largest().forEach(each -> buffer(largest.addObject(), each));
    if (allocations) {
      ArrayNode all = root.putArray("allocations");
      writing().plan().placed().forEach(each -> buffer(all.addObject(), each));
    }
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree that cannot be written", e);
    }
  }

  private static void buffer(ObjectNode node, Placed placed) {
    Buffer buffer = placed.buffer();
    node.put("what", buffer.what()).put("place", buffer.origin().place());
    node.put("bytes", placed.bytes()).put("formula", buffer.bytes().toString());
    node.put("offset", placed.offset()).put("from", buffer.from()).put("until", buffer.until());
    buffer.type().ifPresent(type -> node.put("type", type.toString()));
    node.put("scratch", buffer.isScratch()).put("grows", grows(placed));
  }
}
