import { type Command, CommanderError } from "commander";
import manifest from "../package.json" with { type: "json" };
import { Refusal } from "./output.ts";

/** Makes a command and all below it end as one program does: with a version, and never of itself. */
export function programOf(command: Command): Command {
  const settle = (each: Command): void => {
    each.exitOverride().showHelpAfterError("(--help shows what there is)");
    each.commands.forEach(settle);
  };
  settle(command.version(manifest.version));
  return command;
}

/** Runs what the command line asks for. Exit code: 0 done, 1 the answer is no, 2 wrong use. */
export async function runProgram(program: Command): Promise<void> {
  // Whoever reads has seen enough (`| head`): that is no fault.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    } else {
      const message = error instanceof Error ? error.message : String(error);
      process.stderr.write(`${program.name()}: ${message}\n`);
      process.exitCode = error instanceof Refusal ? error.exitCode : 1;
    }
  }
}
