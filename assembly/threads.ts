// The face of the builds with threads: what every build has, and what makes a team of instances.

export * from './index';
export { reportTrap, setTeam, work } from './lib/team';
