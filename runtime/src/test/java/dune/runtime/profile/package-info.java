/// Tests of profiles and allocations; none looks at how long anything took.
package dune.runtime.profile;
