# One function per kind of target, so that a folder's CMakeLists.txt says only what it holds and whom it uses.

# The headers that nearly every file includes, compiled once and shared by all targets.
function(allmende_precompile target)
  if(ALLMENDE_PCH)
    target_precompile_headers(${target} REUSE_FROM allmende_proto)
  endif()
endfunction()

# allmende_library(NAME SOURCES a.cc b.cc USES lib1 lib2): a static library named allmende_NAME.
function(allmende_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
  add_library(allmende_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(allmende_${name} PUBLIC allmende_flags allmende_proto ${ARG_USES})
  allmende_precompile(allmende_${name})
endfunction()

# allmende_program(NAME SOURCES main.cc USES lib...): an executable in build/<preset>/bin.
function(allmende_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE allmende_flags allmende_proto ${ARG_USES})
  allmende_precompile(${name})
endfunction()

# allmende_test(NAME SOURCES x_test.cc USES lib... [TIMEOUT seconds] [LABELS l] [SERIAL]): a GoogleTest program that ctest runs.
function(allmende_test name)
  cmake_parse_arguments(ARG "SERIAL" "TIMEOUT;LABELS" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE allmende_flags allmende_proto ${ARG_USES} rapidcheck GTest::gmock_main)
  allmende_precompile(${name})
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
  if(ARG_SERIAL)
    set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
  endif()
endfunction()

# allmende_bench(NAME SOURCES x_bench.cc USES lib...): a Google Benchmark program, built with ALLMENDE_BENCH.
function(allmende_bench name)
  if(ALLMENDE_BENCH)
    cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE allmende_flags allmende_proto ${ARG_USES} benchmark::benchmark_main)
    allmende_precompile(${name})
  endif()
endfunction()

# allmende_fuzzer(NAME SOURCES x_fuzz.cc USES lib...): a libFuzzer program, built with ALLMENDE_FUZZ.
function(allmende_fuzzer name)
  if(ALLMENDE_FUZZ)
    cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE allmende_flags allmende_proto ${ARG_USES})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  endif()
endfunction()
