#!/bin/bash
# A set of photos, relit by the tasks of an array; see docs/deploy.md.
#
#   sbatch docs/deploy/slurm.sh shoot dusk.jpg relit
#SBATCH --job-name=photostyle
#SBATCH --array=0-3
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=04:00:00
#SBATCH --signal=B:TERM@60
set -euo pipefail
shoot=$1 style=$2 relit=$3

# The image of docs/deploy/Dockerfile as an Apptainer file, where PHOTOSTYLE_IMAGE names one; else what this environment has.
photostyle=(photostyle)
if [ -n "${PHOTOSTYLE_IMAGE:-}" ]; then
    photostyle=(apptainer exec --nv "$PHOTOSTYLE_IMAGE" photostyle)
fi

# Its shard stands in Slurm's environment. Part of an array that is sent again needs --shard i/N (docs/batch.md).
exec "${photostyle[@]}" batch "$shoot" -s "$style" -o "$relit/{reldir}/{stem}.{ext}" --jobs "${SLURM_CPUS_PER_TASK:-auto}"
