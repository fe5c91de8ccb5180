"""Runs a command on a new pseudo-terminal: pty.py [[EXPECT, SEND], ...] COMMAND...; tells what it showed, as JSON.

stdin is /dev/null, so that only the terminal device can answer; stdout and stderr are the terminal too.
SEND may be "kill:N" to send signal N, or "hangup" to take the terminal away. "echo" is whether the terminal echoed when EXPECT had come, for each step.
"""
import fcntl, json, os, select, signal, sys, termios, time

steps, command = json.loads(sys.argv[1]), sys.argv[2:]
master, slave = os.openpty()  # the slave stays open here, so that its settings outlive the child
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd, end in enumerate((os.open("/dev/null", os.O_RDONLY), slave, slave)):
        os.dup2(end, fd)
    os.execvp(command[0], command)

def echoes():
    return bool(termios.tcgetattr(master)[3] & termios.ECHO)

shown, echo, status, mark, deadline = b"", [], None, 0, time.time() + 20
while time.time() < deadline:
    if select.select([master], [], [], 0.05)[0]:
        shown += os.read(master, 65536)
    elif status is not None:
        break
    if steps and steps[0][0].encode() in shown[mark:]:
        expect, send = steps.pop(0)
        mark = shown.index(expect.encode(), mark) + len(expect.encode())
        time.sleep(0.1)
        echo.append(echoes())
        if send == "hangup":
            os.close(master), os.close(slave)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            print(json.dumps({"status": status, "shown": shown.decode(), "echo": echo}))
            sys.exit()
        if send.startswith("kill:"):
            os.kill(pid, int(send[5:]))
        else:
            os.write(master, send.encode())
    if status is None:
        done, code = os.waitpid(pid, os.WNOHANG)
        if done:
            status = os.waitstatus_to_exitcode(code)
if status is None:
    os.kill(pid, signal.SIGKILL)
print(json.dumps({"status": status, "shown": shown.decode("utf-8", "replace"), "echo": echo, "echoAfter": echoes()}))
