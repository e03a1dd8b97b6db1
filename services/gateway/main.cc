#include "common/app/run.h"
#include "services/gateway/app.h"

int main(int argc, char** argv) {
  return allmende::app::RunApplication(argc, argv, "allmende-gateway", &allmende::gateway::Bind);
}
