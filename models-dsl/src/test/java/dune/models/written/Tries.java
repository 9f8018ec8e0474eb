package dune.models.written;

import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/// With `-Ddune.programs=N`, a property tries N programs that it has not tried before, instead of
/// the few that are the same each time.
public final class Tries implements AroundPropertyHook {
  @Override
  public PropertyExecutionResult aroundProperty(
      PropertyLifecycleContext context, PropertyExecutor property) {
    Integer programs = Integer.getInteger("dune.programs");
    if (programs != null) {
      context.attributes().setTries(programs);
      context.attributes().setSeed(Property.SEED_NOT_SET);
    }
    return property.execute();
  }
}
