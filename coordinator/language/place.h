// Where in an object something stands: a member, or a member of a member.
//
//   within(&Draft::spec, &ConsumerSpec::handler, &HandlerSpec::takes)
#pragma once

#include <type_traits>

namespace gtsim::language {

template <class Outer, class Inner>
struct Within {
  Outer outer;
  Inner inner;
};

template <class Outer, class Inner>
[[nodiscard]] constexpr Within<Outer, Inner> within(Outer outer, Inner inner) {
  return {outer, inner};
}
template <class Outer, class Inner, class... More>
[[nodiscard]] constexpr auto within(Outer outer, Inner inner, More... more) {
  return within(within(outer, inner), more...);
}

// The part of `object` at `place`; const when the object is.
template <class T, class Place>
[[nodiscard]] constexpr auto& part_at(T& object, const Place& place) {
  if constexpr (std::is_member_object_pointer_v<Place>) {
    return object.*place;
  } else {
    return part_at(part_at(object, place.outer), place.inner);
  }
}

template <class Place>
inline constexpr bool kIsPlace = std::is_member_object_pointer_v<Place>;
template <class Outer, class Inner>
inline constexpr bool kIsPlace<Within<Outer, Inner>> = true;

}  // namespace gtsim::language
