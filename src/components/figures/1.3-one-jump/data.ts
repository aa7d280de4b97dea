// The noise schedule that figure 1.3 steps through: that of the notebook's model.
import { shippedSchedule } from '../../../siteData/schedule.ts';

export default (): unknown => shippedSchedule();
