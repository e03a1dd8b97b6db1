# Every library the project links, found in one place. All of them are Debian 12 packages: deploy/packages.txt.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(tomlplusplus CONFIG REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(ICU 72 REQUIRED COMPONENTS uc i18n)

find_package(PkgConfig REQUIRED)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
# It asks for _FILE_OFFSET_BITS=64, which 64-bit machines have anyway and the precompiled headers were made without.
set_target_properties(PkgConfig::hiredis PROPERTIES INTERFACE_COMPILE_OPTIONS "" INTERFACE_COMPILE_DEFINITIONS "")
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(archive REQUIRED IMPORTED_TARGET libarchive)
find_package(re2 MODULE REQUIRED)  # by the module that gRPC brings; asking pkg-config as well would break a second run
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)

find_library(STEMMER_LIBRARY stemmer REQUIRED)

if(ALLMENDE_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck CONFIG REQUIRED)
endif()
if(ALLMENDE_BENCH)
  find_package(benchmark REQUIRED)
endif()

# Google's API protos come from two Debian packages: a jar that is complete but old, and newer error details.
set(GOOGLEAPIS_DIR ${CMAKE_BINARY_DIR}/googleapis)
set(GOOGLEAPIS_JAR /usr/share/java/proto-google-common-protos.jar)
set(GOOGLEAPIS_NEWER /usr/share/gocode/src/github.com/gogo/googleapis)
if(NOT EXISTS ${GOOGLEAPIS_DIR}/google/api/annotations.proto)
  file(ARCHIVE_EXTRACT INPUT ${GOOGLEAPIS_JAR} DESTINATION ${GOOGLEAPIS_DIR} PATTERNS "google/*.proto")
  file(COPY ${GOOGLEAPIS_NEWER}/google/rpc/error_details.proto DESTINATION ${GOOGLEAPIS_DIR}/google/rpc)
endif()
# The health protocol's proto: a package of its own. With it linked, reflection can describe the health service too.
if(NOT EXISTS ${GOOGLEAPIS_DIR}/grpc/health/v1/health.proto)
  file(COPY /usr/share/grpc-proto/grpc/health/v1/health.proto DESTINATION ${GOOGLEAPIS_DIR}/grpc/health/v1)
endif()
