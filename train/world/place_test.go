package world

import (
	"reflect"
	"strings"
	"testing"
)

func env(text string) func(string) string {
	values := map[string]string{}
	for _, pair := range strings.Fields(text) {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return func(name string) string { return values[name] }
}

// Variables as torchrun, mpirun and srun set them in their documentation.
func TestFromEnv(t *testing.T) {
	const torch = "MASTER_ADDR=node1 MASTER_PORT=29400 "
	for text, want := range map[string]*Place{
		"":                    nil,
		"RANK=0 WORLD_SIZE=1": nil,
		"MASTER_ADDR=node1":   nil,
		torch + "RANK=3 WORLD_SIZE=4 LOCAL_RANK=1":                                                                            {Rank: 3, Size: 4, Host: "node1", Port: 29400},
		torch + "RANK=0 WORLD_SIZE=2 TORCHELASTIC_USE_AGENT_STORE=True TORCHELASTIC_RESTART_COUNT=2":                          {Size: 2, Host: "node1", Port: 29400, Restart: 2, Agent: true},
		torch + "RANK=1 WORLD_SIZE=2 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1":                                                   {Rank: 1, Size: 2, Host: "node1", Port: 29400},
		"OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2":             {Rank: 1, Size: 2, Host: "127.0.0.1", Port: 29500},
		torch + "OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2":                                                               {Rank: 1, Size: 2, Host: "node1", Port: 29400},
		"SLURM_PROCID=0 SLURM_NTASKS=4 SLURM_JOB_ID=7":                                                                        nil, // the batch script
		"SLURM_PROCID=2 SLURM_STEP_NUM_TASKS=4 SLURM_LOCALID=0 SLURM_JOB_ID=7 SLURM_STEP_ID=1 SLURM_STEP_NODELIST=gpu[03-06]": {Rank: 2, Size: 4, Host: "gpu03", Port: 20000 + 31*7 + 1},
		"SLURM_PROCID=2 SLURM_STEP_NUM_TASKS=4 SLURM_JOB_NODELIST=a,b MASTER_PORT=1234":                                       {Rank: 2, Size: 4, Host: "a", Port: 1234},
	} {
		got, err := FromEnv(env(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func TestFromEnvNamesWhatIsWrong(t *testing.T) {
	const torch = "MASTER_ADDR=node1 MASTER_PORT=29400 "
	for text, want := range map[string]string{
		"RANK=1":                                              "RANK is set, and WORLD_SIZE is not",
		torch + "WORLD_SIZE=2":                                "WORLD_SIZE is set, and RANK is not",
		"RANK=0 WORLD_SIZE=2":                                 "MASTER_ADDR and MASTER_PORT are not set",
		"RANK=0 WORLD_SIZE=2 MASTER_ADDR=a":                   "MASTER_PORT is not set",
		torch + "RANK=2 WORLD_SIZE=2":                         "RANK is 2, and WORLD_SIZE 2",
		torch + "RANK=x WORLD_SIZE=2":                         `RANK is "x"`,
		torch + "RANK=0 WORLD_SIZE=0":                         `WORLD_SIZE is "0"`,
		torch + "RANK=0 WORLD_SIZE=2 LOCAL_RANK=1":            "LOCAL_RANK is 1, and RANK 0",
		"RANK=0 WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=99999": `MASTER_PORT is "99999"`,
		"OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_LOCAL_SIZE=2": "MASTER_ADDR is not set",
		"OMPI_COMM_WORLD_RANK=0":                                     "OMPI_COMM_WORLD_SIZE is not",
		"SLURM_STEP_NUM_TASKS=2":                                     "SLURM_PROCID is not",
		"SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=0 SLURM_JOB_NODELIST=[": "SLURM_JOB_NODELIST is",
	} {
		if _, err := FromEnv(env(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

// The notation of scontrol show hostnames.
func TestFirstHost(t *testing.T) {
	for list, want := range map[string]string{
		"a": "a", "a,b": "a", "n[003-007,9],x": "n003", "n[5]": "n5", "n[1,3]": "n1", "x,n[1-2]": "x", "r[1-2]c": "r1c", "": "", "n[1": "",
	} {
		if got := firstHost(list); got != want {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}
