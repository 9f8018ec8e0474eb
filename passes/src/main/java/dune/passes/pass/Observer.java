package dune.passes.pass;

import dune.ir.Origin;
import dune.ir.Program;
import java.time.Duration;
import java.util.List;

/// Watches passes at work. All methods do nothing unless overridden.
public interface Observer {
  Observer NONE = new Observer() {};

  /// A pass is about to run on this program.
  default void began(Pass pass, Program program) {}

  /// A pass gave this program, which is verified.
  default void ended(Pass pass, Program program, Duration time) {}

  /// A rewrite rule replaced an operation.
  default void fired(String rule, Origin origin) {}

  /// A pass has something to tell.
  default void remarked(Remark remark) {}

  /// One that hands everything to each of `observers`, in order.
  static Observer all(List<Observer> observers) {
    List<Observer> each = List.copyOf(observers);
    return new Observer() {
      @Override
      public void began(Pass pass, Program program) {
        each.forEach(observer -> observer.began(pass, program));
      }

      @Override
      public void ended(Pass pass, Program program, Duration time) {
        each.forEach(observer -> observer.ended(pass, program, time));
      }

      @Override
      public void fired(String rule, Origin origin) {
        each.forEach(observer -> observer.fired(rule, origin));
      }

      @Override
      public void remarked(Remark remark) {
        each.forEach(observer -> observer.remarked(remark));
      }
    };
  }
}
