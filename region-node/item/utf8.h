// Strings and names of the service are UTF-8 (RFC 3629); everything that comes from outside is
// checked once, at the border.
#pragma once

#include <string_view>

namespace gtsim {

// False for overlong forms, surrogates, code points past U+10FFFF and sequences cut short. NUL is
// an ordinary character.
[[nodiscard]] bool is_valid_utf8(std::string_view text);

}  // namespace gtsim
