// The engine's unit tests: `volt-tests`, made with VOLT_TESTS=ON.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
