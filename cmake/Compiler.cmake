# How everything is compiled: one language level, warnings as errors, the sanitizers, a fast linker, a compiler cache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

set(ALLMENDE_SANITIZE "" CACHE STRING "value of -fsanitize= for everything of ours")
option(ALLMENDE_PCH "precompile the headers that everybody includes" ON)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(allmende_flags INTERFACE)
target_compile_options(allmende_flags INTERFACE -Wall -Wextra -Werror -Wno-unused-parameter -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # The uninitialized-use checks of g++ 12 misfire inside absl::StatusOr and std::variant at -O2, its overflow checks
  # inside std::string at -O3.
  target_compile_options(allmende_flags INTERFACE -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict -fpch-preprocess)
endif()
target_include_directories(allmende_flags INTERFACE ${CMAKE_SOURCE_DIR})
# Everything sees fmt the same way, or the precompiled headers could not be shared.
target_link_libraries(allmende_flags INTERFACE fmt::fmt)
if(ALLMENDE_FUZZ)
  # Fuzzers find their way by what they cover.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(ALLMENDE_SANITIZE)
  add_compile_options(-fsanitize=${ALLMENDE_SANITIZE} -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${ALLMENDE_SANITIZE})
endif()
if(ALLMENDE_FUZZ)
  # Tells the fuzzers which way an input took through our code.
  target_compile_options(allmende_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
