package world

import (
	"fmt"
	"strconv"
	"strings"
)

// Place is that of a process among those that train together.
type Place struct {
	Rank, Size int
	Host       string // at which process 0 is reached
	Port       int
	// Restart counts how often the launcher has started the training anew.
	Restart int
	// Agent says that the launcher keeps the store at Host and Port, not process 0.
	Agent bool
}

// FromEnv reads the place of this process from the variables of its launcher:
// RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT, as torchrun and
// Kubernetes' PyTorchJob set them, else those of Open MPI or of a step of Slurm.
// It returns nil for a process that is alone, and an error that names what is
// missing or contradicts.
func FromEnv(getenv func(string) string) (*Place, error) {
	v := variables{getenv: getenv}
	var p *Place
	switch {
	case v.has("RANK") || v.has("WORLD_SIZE"):
		p = v.torch()
	case v.has("OMPI_COMM_WORLD_SIZE") || v.has("OMPI_COMM_WORLD_RANK"):
		p = v.openMPI()
	case v.has("SLURM_STEP_NUM_TASKS"):
		p = v.slurm()
	}
	if v.err != nil {
		return nil, fmt.Errorf("train: several processes: %w", v.err)
	}
	if p == nil || p.Size == 1 {
		return nil, nil
	}
	return p, nil
}

// variables reads the environment and keeps the first error.
type variables struct {
	getenv func(string) string
	err    error
}

func (v *variables) has(name string) bool { return v.getenv(name) != "" }

func (v *variables) fail(format string, args ...any) {
	if v.err == nil {
		v.err = fmt.Errorf(format, args...)
	}
}

// number reads a whole number from low to high, which beside says needs to be
// there; 0 after an error.
func (v *variables) number(name string, low, high int, beside string) int {
	text := v.getenv(name)
	if text == "" {
		v.fail("%s is set, and %s is not: the launcher must set both", beside, name)
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		v.fail("%s is %q: want a whole number from %d to %d", name, text, low, high)
		return 0
	}
	return n
}

// optional is number for a variable that may be missing.
func (v *variables) optional(name string, low, high, none int) int {
	if !v.has(name) {
		return none
	}
	return v.number(name, low, high, "")
}

const (
	mostProcesses = 4096
	mostPort      = 65535
	defaultPort   = 29500 // PyTorch's
)

// ranks reads the size of the world, the rank in it and that on this machine.
func (v *variables) ranks(size, rank, local string) *Place {
	beside := rank
	if v.has(size) {
		beside = size
	}
	p := &Place{Size: v.number(size, 1, mostProcesses, beside)}
	if v.err == nil {
		p.Rank = v.number(rank, 0, mostProcesses, beside)
	}
	if v.err == nil && p.Rank >= p.Size {
		v.fail("%s is %d, and %s %d: ranks are from 0 to %d", rank, p.Rank, size, p.Size, p.Size-1)
	}
	if n := v.optional(local, 0, mostProcesses, 0); v.err == nil && n > p.Rank {
		v.fail("%s is %d, and %s %d: there cannot be more processes before this one on its machine than in all", local, n, rank, p.Rank)
	}
	return p
}

// torch reads the variables of PyTorch's launchers.
func (v *variables) torch() *Place {
	p := v.ranks("WORLD_SIZE", "RANK", "LOCAL_RANK")
	if v.err != nil || p.Size == 1 {
		return p
	}
	var missing []string
	for _, name := range []string{"MASTER_ADDR", "MASTER_PORT"} {
		if !v.has(name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		v.fail("WORLD_SIZE is %d, and %s not set: MASTER_ADDR is the host of process 0, MASTER_PORT a free port there", p.Size, are(missing))
		return p
	}
	p.Host = v.getenv("MASTER_ADDR")
	p.Port = v.number("MASTER_PORT", 1, mostPort, "MASTER_ADDR")
	p.Restart = v.optional("TORCHELASTIC_RESTART_COUNT", 0, 1<<30, 0)
	p.Agent = strings.EqualFold(v.getenv("TORCHELASTIC_USE_AGENT_STORE"), "true")
	return p
}

func are(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return strings.Join(names, " and ") + " are"
}

// openMPI reads the variables of mpirun.
func (v *variables) openMPI() *Place {
	const prefix = "OMPI_COMM_WORLD_"
	p := v.ranks(prefix+"SIZE", prefix+"RANK", prefix+"LOCAL_RANK")
	p.Port = v.optional("MASTER_PORT", 1, mostPort, defaultPort)
	p.Host = v.getenv("MASTER_ADDR")
	if p.Host == "" && v.err == nil && p.Size > 1 {
		if v.optional(prefix+"LOCAL_SIZE", 1, mostProcesses, 0) != p.Size {
			v.fail("MASTER_ADDR is not set, and the processes are on several machines: set it to the host of process 0, as in 'mpirun -x MASTER_ADDR=host …'")
		}
		p.Host = "127.0.0.1"
	}
	return p
}

// slurm reads the variables of srun. Those of a batch script, which is one
// process whatever its job has, lack SLURM_STEP_NUM_TASKS.
func (v *variables) slurm() *Place {
	p := v.ranks("SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "SLURM_LOCALID")
	if v.err != nil || p.Size == 1 {
		return p
	}
	job, step := v.optional("SLURM_JOB_ID", 0, 1<<40, 0), v.optional("SLURM_STEP_ID", 0, 1<<40, 0)
	const first, ports = 20000, 10000 // below those that Linux gives out by itself
	p.Port = v.optional("MASTER_PORT", 1, mostPort, first+(31*job+step)%ports)
	if p.Host = v.getenv("MASTER_ADDR"); p.Host != "" {
		return p
	}
	name := "SLURM_STEP_NODELIST"
	if !v.has(name) {
		name = "SLURM_JOB_NODELIST"
	}
	if p.Host = firstHost(v.getenv(name)); p.Host == "" {
		v.fail("%s is %q, which names no host: set MASTER_ADDR to the host of process 0", name, v.getenv(name))
	}
	return p
}

// firstHost returns the first host of a list in Slurm's notation, such as
// node[003-007,9],other.
func firstHost(list string) string {
	before, after, bracket := strings.Cut(list, "[")
	if comma := strings.IndexByte(before, ','); comma >= 0 || !bracket {
		host, _, _ := strings.Cut(list, ",")
		return host
	}
	numbers, rest, closed := strings.Cut(after, "]")
	if !closed {
		return ""
	}
	end := strings.IndexAny(numbers, "-,")
	if end < 0 {
		end = len(numbers)
	}
	suffix, _, _ := strings.Cut(rest, ",")
	return before + numbers[:end] + suffix
}
