// The journey in one process, as `npm start` composes it.
import { describe } from '@jest/globals';
import { bootPlatform } from '../kit/platform.js';
import { walkTheJourney } from './whatsapp.journey.js';

describe('in one process', () => walkTheJourney(() => bootPlatform()));
