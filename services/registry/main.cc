// allmende-registry: the registry service as a process of its own.
#include "common/app/run.h"
#include "services/registry/app.h"

int main(int argc, char** argv) {
  return allmende::app::RunApplication(argc, argv, "allmende-registry", &allmende::registry::Bind);
}
